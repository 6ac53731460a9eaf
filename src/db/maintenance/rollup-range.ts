import type { ClientBase } from 'pg';
import { type Resolution, rollupOf } from '../../catalog/rollup.ts';
import type { AnyEntity } from '../../metric/define.ts';
import { hourMs } from '../../runtime/duration.ts';
import { systemCodeOf } from '../../runtime/errors.ts';
import { isConflict } from '../failure.ts';
import { recomputeStatements } from '../layout/rollup-sql.ts';
import type { RelationStorage } from '../policy/storage.ts';
import { atomically } from './atomically.ts';

/** From the start of a bucket to before the start of another, in milliseconds since 1970. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The longest that is filled in one transaction, so that of a large fleet too it ends within the time of a statement: the less
 * there is to read for an hour, the longer. Whole buckets.
 */
export const longestRangeMs: Readonly<Record<Resolution, number>> = {
  '5m': 6 * hourMs,
  '1h': 24 * hourMs,
  '3h': 72 * hourMs,
};

/** An entity that has rollups, and where they are stored. */
export interface Rolled {
  readonly storage: RelationStorage;
  readonly entity: AnyEntity;
}

/** Reckons the buckets of a range anew from what they are made of; the same range twice makes no difference. */
export async function reckon(
  client: ClientBase,
  { storage, entity }: Rolled,
  resolution: Resolution,
  { from, to }: Range,
): Promise<void> {
  const values = [new Date(from), new Date(to)];
  const aggregates = storage.aggregates[resolution];
  for (const name of aggregates) await refresh(client, [name, ...values]);
  if (aggregates.length > 0) return;
  await atomically(client, async () => {
    const statements = recomputeStatements(rollupOf(entity, resolution));
    for (const text of statements) await client.query(text, values);
  });
}

/** More than a job of TimescaleDB needs that has nothing much to do. */
const mostTries = 6;

/** Outside of any transaction, as TimescaleDB wants it; does nothing where nothing changed. */
async function refresh(client: ClientBase, values: readonly unknown[]): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(
        'call refresh_continuous_aggregate($1::regclass, $2::timestamptz, $3::timestamptz)',
        [...values],
      );
      return;
    } catch (thrown) {
      // Only one at a time refreshes an aggregate; whether the other is waited for is for its version to choose.
      const isBusy = systemCodeOf(thrown) === '55P03' || isConflict(thrown);
      if (!isBusy || tries === mostTries) throw thrown;
      await client.query('select pg_sleep(0.5)');
    }
  }
}
