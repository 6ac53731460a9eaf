import { z } from 'zod';
import type { AnyMetric } from '../../metric/define.ts';
import type { HistoryPoint, HistorySeries } from '../ports.ts';
import { counterPoints, counterReading } from './counter.ts';
import { gaugePoints, gaugeReading } from './gauge.ts';
import { PartLists } from './part-lists.ts';
import type { HistoryPlan, Reading } from './parts.ts';
import { type StatesetRange, statesetPoints, statesetReading } from './stateset.ts';

/** The rows of a history statement: a series each. */
export const historyRows = z.array(z.tuple([z.string()], z.string().nullable()));

type HistoryRow = z.infer<typeof historyRows>[number];

/** What an answer needs to know of each part. */
export function readingOf({ kind }: AnyMetric): Reading {
  if (kind === 'counter') return counterReading;
  return kind === 'stateset' ? statesetReading : gaugeReading;
}

export interface HistorySubject extends Pick<StatesetRange, 'until' | 'holdMicros'> {
  readonly metric: AnyMetric;
  readonly plan: HistoryPlan;
}

const textList = z.array(z.string());

/** Makes series of the rows of a history statement, in the order of identity and time. */
export function seriesOf(subject: HistorySubject, rows: readonly HistoryRow[]): readonly HistorySeries[] {
  const { metric, plan } = subject;
  const { figures } = readingOf(metric);
  return rows
    .map(([identity, ...lists]) => ({ values: textList.parse(JSON.parse(identity)), lists }))
    .toSorted((a, b) => compareTexts(a.values, b.values))
    .map(({ values, lists }) => {
      const inside = new PartLists(plan, figures, lists.slice(0, figures.length));
      const before = new PartLists(plan, figures, lists.slice(figures.length));
      return {
        identity: Object.fromEntries(plan.identity.map(({ key }, index) => [key, values[index] ?? ''])),
        points: pointsOf(subject, inside, before),
      };
    });
}

function pointsOf(subject: HistorySubject, inside: PartLists, before: PartLists): readonly HistoryPoint[] {
  const { metric, plan, until, holdMicros } = subject;
  if (metric.kind === 'counter') return counterPoints(plan, inside, before);
  if (metric.kind === 'stateset')
    return statesetPoints({ range: plan.range, until, holdMicros }, inside, before);
  return gaugePoints(plan, inside);
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((text, position) => text !== b[position]);
  return (a[index] ?? '') < (b[index] ?? '') ? -1 : Number(index >= 0);
}
