import { hash } from 'node:crypto';
import type { Series } from './series-point.ts';

/** SHA-256 in production. */
export type SeriesHash = (text: string) => Buffer;

export const sha256: SeriesHash = (text) => hash('sha256', text, 'buffer');

/** A series as the database knows it. */
export interface SeriesId {
  readonly id: bigint;
  /** The id as nearly as a number can be it, for quick comparison. */
  readonly rank: number;
}

/** The hash of what tells a series from all others. */
export function seriesDigest({ group, key }: Series, hashOf: SeriesHash): Buffer {
  // Neither text holds a line end, which JSON writes as an escape.
  return hashOf(`${group.key}\n${key}`);
}

/**
 * The id of a series: the first 63 bits of its hash, so that it is the same whatever database or process asks. What a process
 * believes of ids stays true over a restore, a failover and a change of the database.
 */
export function seriesIdOf(digest: Buffer): SeriesId {
  const id = digest.readBigUInt64BE(0) >> 1n;
  return { id, rank: Number(id) };
}

/** The order in which every writer locks what it stores. */
export function compareIds(a: SeriesId, b: SeriesId): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
