import type { Resolution } from '../../catalog/rollup.ts';
import { dayMs, hourMs, minuteMs } from '../../runtime/duration.ts';

/** A table that rows are kept in for a time. */
export interface Relation {
  readonly name: string;
  /** Whether it has rollups. */
  readonly rolledUp: boolean;
  /** Rows of so long a time are dropped and compressed together. */
  readonly chunkMs: number;
}

/** For how long, and until when, something happens to the rows of a relation; all in milliseconds. */
export interface Policy {
  readonly relation: Relation;
  readonly keepRaw: number;
  /** Undefined without rollups, as the next. */
  readonly keep5m: number | undefined;
  /** Of everything coarser too. */
  readonly keep1h: number | undefined;
  readonly compressAfter: number;
  /** How old a row may be when it arrives. */
  readonly late: number;
}

/** When a rollup is brought up to date: buckets that lie between `start` and `end` ago, at every `schedule`. */
export interface Refresh {
  readonly bucket: number;
  readonly start: number;
  readonly end: number;
  readonly schedule: number;
}

/** What may still arrive is refreshed for one day more. */
const refreshMargin = dayMs;

export function refreshOf({ late }: Pick<Policy, 'late'>): Readonly<Record<Resolution, Refresh>> {
  const start = late + refreshMargin;
  return {
    '5m': { bucket: 5 * minuteMs, start, end: 5 * minuteMs, schedule: 5 * minuteMs },
    '1h': { bucket: hourMs, start, end: hourMs, schedule: 30 * minuteMs },
    '3h': { bucket: 3 * hourMs, start, end: 3 * hourMs, schedule: hourMs },
  };
}

/** Rollup chunks are compressed once no refresh writes into them any more. */
export function compressRollupAfter(policy: Policy, resolution: Resolution): number {
  const { start, bucket, schedule } = refreshOf(policy)[resolution];
  return Math.max(policy.compressAfter, start + bucket + schedule);
}

export function keepOf(policy: Policy, resolution: Resolution): number | undefined {
  return resolution === '5m' ? policy.keep5m : policy.keep1h;
}
