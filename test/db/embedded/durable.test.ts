import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { numberPoint, sampleSeries } from '../../support/sample-series.ts';
import { agedRow, never, smallCatalog } from '../maintenance/support.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
});
afterAll(() => postgres.stop());

/** Ends the server as the kernel does when memory is short; it is started again. */
async function crash(): Promise<void> {
  const pid = await readFile(join(postgres.stateDir, 'postgres/data/postmaster.pid'), 'utf8');
  process.kill(Number.parseInt(pid, 10), 'SIGKILL');
}

it('what is acknowledged outlives a crash of a server whose commits are answered before they are on disk', async () => {
  const administrator = postgres.pool(postgres.url, { size: 1 });
  // By itself, the server would write nothing to disk for as long as this test takes.
  await administrator.query("alter system set wal_writer_delay = '10s'");
  await administrator.query('alter system set synchronous_commit = off');
  await administrator.query('select pg_reload_conf()');
  await administrator.query('checkpoint');
  const pool = postgres.pool(postgres.url, { size: 2 });
  const store = createRowStore(pool, { catalog: smallCatalog });
  expect(await store.store([agedRow('a', 60_000)], never)).toMatchObject({ kind: 'stored', inserted: 1 });
  const points = createPointStore(pool);
  expect(await points.store([numberPoint(sampleSeries({ host: 1 }))], never)).toMatchObject({ inserted: 1 });
  await crash();
  const counts =
    'select (select count(*) from telemetry.container)::int as rows, (select count(*) from telemetry.numbers)::int as points';
  const counted = await eventually('the server is back', () =>
    pool.query(counts).then(
      ({ rows }) => rows,
      () => undefined,
    ),
  );
  expect(counted).toEqual([{ rows: 1, points: 1 }]);
});
