import type { Value } from '../../metric/row.ts';
import type { HistoryPoint } from '../ports.ts';
import { arithmeticOf } from './amounts.ts';
import { inOrder, type PartLists } from './part-lists.ts';
import type { HistoryPlan, Reading } from './parts.ts';
import { stepStart } from './range.ts';

export const gaugeReading: Reading = {
  figures: ['time', 'count', 'sum', 'min', 'max'],
  mostBuckets: 4,
  followsOn: false,
};

/** Average, least and greatest sample of each step. */
export function gaugePoints({ metric, range }: HistoryPlan, parts: PartLists): readonly HistoryPoint[] {
  const { add } = arithmeticOf(metric.type);
  const times = parts.times('time');
  const counts = parts.amounts('count');
  const sums = parts.amounts('sum');
  const leasts = parts.amounts('min');
  const greatests = parts.amounts('max');
  const points: HistoryPoint[] = [];
  let sum: Value = 0;
  for (const place of inOrder(times)) {
    const time = stepStart(times[place] ?? 0, range);
    const [least = 0, greatest = 0] = [leasts[place], greatests[place]];
    const known = points.at(-1)?.time === time ? points.pop() : undefined;
    sum = known === undefined ? (sums[place] ?? 0) : add(sum, sums[place] ?? 0);
    const samples = (known?.samples ?? 0) + Number(counts[place]);
    points.push({
      time,
      value: Number(sum) / samples,
      min: known?.min === undefined || least < known.min ? least : known.min,
      max: known?.max === undefined || greatest > known.max ? greatest : known.max,
      state: undefined,
      stateMicros: undefined,
      unknownMicros: undefined,
      samples,
    });
  }
  return points;
}
