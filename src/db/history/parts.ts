import type { Rollup, RollupColumn, RollupPart } from '../../catalog/rollup.ts';
import type { Column } from '../../catalog/table.ts';
import { type Before, bucketMicros, type Kept, type RangePlan, type Segment } from './range.ts';

/** What one history statement is about; every name in it comes from the catalog. */
export interface HistoryPlan {
  /** Of the table, of whichever resolution: all have the same columns. */
  readonly rollup: Rollup;
  readonly metric: Column;
  /** Columns of the identity, in the order of the table. */
  readonly identity: readonly Column[];
  /** Columns of the identity that must have a value. */
  readonly where: readonly (readonly [column: Column, value: string])[];
  readonly range: RangePlan;
  /** Where to look for the last part of each thing before the range; at least one place. */
  readonly before: readonly Before[];
  /** Until when the tables of rollups are filled; undefined where there are no such tables. */
  readonly stored: Kept['stored'] | undefined;
}

/**
 * A figure of a part. A part is what is known of a thing in a bucket of a rollup, or in a step where that is made of rows as they
 * came or of many buckets; no part lies in more than one step.
 */
export type PartFigure = 'time' | RollupPart;

/** The column of a rollup that holds it. */
export function columnOf({ rollup, metric }: HistoryPlan, figure: PartFigure): RollupColumn {
  const found = rollup.columns.find(({ of, part, source }) =>
    figure === 'time' ? of === 'time' : part === figure && source.name === metric.name,
  );
  if (found === undefined) throw new TypeError(`${rollup.name} holds no ${figure} of ${metric.name}`);
  return found;
}

/** What is read of each part for an answer. */
export interface Reading {
  readonly figures: readonly PartFigure[];
  /** More buckets of a step than this the database makes one part; so few it sends sooner than it makes them one. */
  readonly mostBuckets: number;
  /** Whether the sample before a part tells of what the part saw. */
  readonly followsOn: boolean;
}

/** Whether the rows of a segment are yet to be made parts. */
export function isGrouped(
  { stepMicros }: RangePlan,
  { resolution }: Segment,
  { mostBuckets }: Reading,
): boolean {
  return resolution === 'raw' || stepMicros > mostBuckets * bucketMicros[resolution];
}
