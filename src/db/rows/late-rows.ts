import type { ClientBase } from 'pg';
import type { Micros } from '../../metric/time.ts';
import { storingLock } from '../advisory-locks.ts';

/** Rows that were stored of one table, by their times. */
export interface StoredTimes {
  readonly relation: string;
  readonly times: Iterable<Micros>;
}

/**
 * Says which buckets of five minutes got rows although their rollups are, or are just being, stored; the last thing that a
 * transaction does. Until it ends, nobody moves the time before which rows are late: so each row either is there when its
 * bucket is reckoned, or is told of here. Relations are names of the catalog.
 */
export async function noteLateRows(client: ClientBase, stored: readonly StoredTimes[]): Promise<void> {
  const touched = stored.flatMap(({ relation, times }) =>
    [...new Set(bucketsOf(times))].map((bucket) => `('${relation}', ${bucket})`),
  );
  if (touched.length === 0) return;
  // Two statements in one message: the second sees what was committed before the lock was had, as one statement would not.
  await client.query(
    `select pg_advisory_xact_lock_shared(${storingLock});
     insert into telemetry.late_bucket (relation, time)
     select state.relation, to_timestamp(touched.bucket) from (values ${touched.join(', ')}) as touched (relation, bucket)
     join telemetry.rollup_state as state on state.relation = touched.relation and state.resolution = '5m'
     where to_timestamp(touched.bucket) < state.until
     order by 1, 2
     on conflict (relation, time) do update set time = excluded.time`,
  );
}

const bucketSeconds = 300;

/** The starts of their buckets in seconds. */
function* bucketsOf(times: Iterable<Micros>): Iterable<number> {
  for (const time of times) yield Math.floor(time / (bucketSeconds * 1e6)) * bucketSeconds;
}
