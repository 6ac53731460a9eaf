import { hash } from 'node:crypto';
import type { Series } from './series-point.ts';

/** SHA-256 in production. */
export type SeriesHash = (text: string) => Buffer;

export const sha256: SeriesHash = (text) => hash('sha256', text, 'buffer');

/** A series as the database knows it. */
export interface SeriesId {
  /** The first 63 bits of the hash. */
  readonly id: bigint;
  /** The id as nearly as a number can be it, for quick comparison. */
  readonly rank: number;
  readonly hash: Buffer;
}

/**
 * The id of a series is made from what tells it from others, so that it is the same whatever database or process asks: what this
 * process believes of ids stays true over a restore, a failover and a change of the database.
 */
export function seriesIdOf({ group, key }: Series, hashOf: SeriesHash): SeriesId {
  // Neither text holds a line end, which JSON writes as an escape.
  const digest = hashOf(`${group.key}\n${key}`);
  const id = digest.readBigUInt64BE(0) >> 1n;
  return { id, rank: Number(id), hash: digest };
}

/** The order in which every writer locks what it stores. */
export function compareIds(a: SeriesId, b: SeriesId): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
