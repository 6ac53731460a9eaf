import type { ClientBase } from 'pg';
import { bucketSeconds, type Resolution } from '../../catalog/rollup.ts';
import { systemCodeOf } from '../../runtime/errors.ts';
import { storingLock } from '../advisory-locks.ts';
import { atomically } from './atomically.ts';

/** Up to when a rollup may be stored, in milliseconds since 1970. */
export interface Mark {
  readonly relation: string;
  readonly resolution: Resolution;
  readonly until: number;
}

/** Longest that those who store are kept waiting; with many of them at work their locks are free again sooner. */
const waitMs = 1_000;

/**
 * Moves the time before which rows are late, once nobody is about to commit rows without having looked at it; never back.
 * False when somebody was for too long: then it is to be tried again later.
 */
export async function advance(client: ClientBase, marks: readonly Mark[]): Promise<boolean> {
  if (marks.length === 0) return true;
  try {
    await atomically(client, async () => {
      await client.query(`set local lock_timeout = ${waitMs}`);
      await client.query('select pg_advisory_xact_lock($1)', [storingLock]);
      await client.query(
        `insert into telemetry.rollup_state as state (relation, resolution, until)
         select relation, resolution, to_timestamp(until) from unnest($1::text[], $2::text[], $3::float8[]) as mark (relation, resolution, until)
         on conflict (relation, resolution) do update set until = greatest(state.until, excluded.until)`,
        [
          marks.map(({ relation }) => relation),
          marks.map(({ resolution }) => resolution),
          marks.map(({ until }) => until / 1000),
        ],
      );
    });
    return true;
  } catch (thrown) {
    if (systemCodeOf(thrown) === '55P03') return false;
    throw thrown;
  }
}

/** The start of the bucket that a time lies in, in milliseconds since 1970. */
export function bucketAt(time: number, resolution: Resolution): number {
  const width = bucketSeconds[resolution] * 1000;
  return Math.floor(time / width) * width;
}

/** The end of it, or the time itself where a bucket begins there. */
export function bucketFrom(time: number, resolution: Resolution): number {
  return -bucketAt(-time, resolution);
}
