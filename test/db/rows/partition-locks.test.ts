import { afterAll, beforeAll, expect, it } from 'vitest';
import { batchOf } from '../../../src/db/rows/row-batch.ts';
import { storeTable } from '../../../src/db/rows/row-insert.ts';
import { storedTables } from '../../../src/db/rows/stored-table.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { agedRow, maintain, never, smallCatalog, store } from '../maintenance/support.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
});
afterAll(() => postgres.stop());

it('repeated rows lock the partitions that they are in, and none of the others', async () => {
  const url = await postgres.freshUrl('migrated');
  const pool = postgres.pool(url);
  await using watched = maintain(postgres, url);
  await watched.maintenance.runRound(never);
  const rows = [agedRow('known', 0), agedRow('known', 3_600_000)];
  await store(pool, rows);

  const client = await pool.connect();
  await client.query('begin');
  for (const batch of batchOf(storedTables(smallCatalog), rows).tables) {
    expect(await storeTable(client, batch)).toEqual({ inserted: 0, completed: 0, duplicates: 2 });
  }
  const { rows: locked } = await client.query(
    `select distinct relation::regclass::text as name from pg_locks
     where pid = pg_backend_pid() and relation in (select inhrelid from pg_inherits where inhparent = 'telemetry.container'::regclass)`,
  );
  await client.query('rollback');
  client.release();
  const { rows: used } = await pool.query(
    'select distinct tableoid::regclass::text as name from telemetry.container',
  );
  const names = (found: readonly { readonly name: string }[]) => found.map(({ name }) => name).toSorted();
  expect(names(locked)).toEqual(names(used));
});
