import type { Value } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import type { HistoryPoint } from '../ports.ts';
import { type Arithmetic, arithmeticOf } from './amounts.ts';
import { inOrder, type PartLists } from './part-lists.ts';
import type { HistoryPlan, Reading } from './parts.ts';
import { type RangePlan, stepStart } from './range.ts';

export const counterReading: Reading = {
  figures: ['count', 'first', 'first_start', 'last', 'last_start', 'last_time', 'increase'],
  mostBuckets: 16,
  followsOn: true,
};

/** A start that is not known is not a number, which is neither before nor after any other. */
interface Sample {
  readonly value: Value;
  readonly start: Micros;
  readonly time: Micros;
}

/**
 * The increase of a counter in each step: from each sample to the next, counted where the later one lies. A counter that began
 * anew, by its start time or because it fell, has counted its whole value since. The first sample ever tells of an increase
 * only when the counter began within the range; so the steps of a range add up to the same, however wide they are.
 */
export function counterPoints(
  { metric, range }: HistoryPlan,
  inside: PartLists,
  before: PartLists,
): readonly HistoryPoint[] {
  const arithmetic = arithmeticOf(metric.type);
  const parts = partsOf(inside);
  const increaseOf = increasesOf(parts, range, arithmetic);
  const points: HistoryPoint[] = [];
  let previous = lastSample(partsOf(before), 0);
  for (const place of inOrder(parts.lastTimes)) {
    const time = stepStart(parts.lastTimes[place] ?? 0, range);
    const increase = increaseOf(place, previous);
    const known = points.at(-1)?.time === time ? points.pop() : undefined;
    points.push({
      time,
      value:
        known?.value === undefined || increase === undefined
          ? (increase ?? known?.value)
          : arithmetic.add(known.value, increase),
      min: undefined,
      max: undefined,
      state: undefined,
      stateMicros: undefined,
      unknownMicros: undefined,
      samples: (known?.samples ?? 0) + Number(parts.counts[place]),
    });
    previous = lastSample(parts, place);
  }
  return points;
}

/** Figures of parts, a list each. */
interface Parts {
  readonly counts: ArrayLike<Value>;
  readonly firsts: ArrayLike<Value>;
  readonly firstStarts: ArrayLike<Micros>;
  readonly lasts: ArrayLike<Value>;
  readonly lastStarts: ArrayLike<Micros>;
  readonly lastTimes: ArrayLike<Micros>;
  /** From the first to the last sample. */
  readonly increases: ArrayLike<Value>;
}

function partsOf(lists: PartLists): Parts {
  return {
    counts: lists.amounts('count'),
    firsts: lists.amounts('first'),
    firstStarts: lists.times('first_start'),
    lasts: lists.amounts('last'),
    lastStarts: lists.times('last_start'),
    lastTimes: lists.times('last_time'),
    increases: lists.amounts('increase'),
  };
}

/** The last sample of a part; undefined where there is no part. */
function lastSample({ lasts, lastStarts, lastTimes }: Parts, place: number): Sample | undefined {
  const [value, start, time] = [lasts[place], lastStarts[place], lastTimes[place]];
  if (value === undefined || start === undefined || time === undefined) return undefined;
  return { value, start, time };
}

/** What a part tells of the increase since the sample before it, which is its own alone where there is none. */
function increasesOf(parts: Parts, { from }: RangePlan, { add, subtract }: Arithmetic) {
  return (place: number, previous: Sample | undefined): Value | undefined => {
    const first = parts.firsts[place] ?? 0;
    const start = parts.firstStarts[place] ?? Number.NaN;
    const increase = parts.increases[place] ?? 0;
    if (previous === undefined) {
      if (start >= from) return add(increase, first);
      return Number(parts.counts[place]) > 1 ? increase : undefined;
    }
    const anew = first < previous.value || beganAnew(start, previous);
    return add(increase, anew ? first : subtract(first, previous.value));
  };
}

/** A start that moves by less is the same, reckoned anew from an uptime. */
const wobbleMicros = 5_000_000;

/** Whether a counter with this start began to count again since a sample: what `telemetry.began_anew` says where rollups are made. */
export function beganAnew(start: Micros, last: Pick<Sample, 'start' | 'time'>): boolean {
  return start !== last.start && (start >= last.time || start > last.start + wobbleMicros);
}
