import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ping } from '../../../src/db/connect/ping.ts';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { numberPoint, sampleSeries } from '../../support/sample-series.ts';
import { agedRow, lead, maintain, never, smallCatalog } from '../maintenance/support.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
});
afterAll(() => postgres.stop());

/** A pool whose only connection leads to a server that writes no more, as after a switchover; a new one leads to the one that does. */
async function demoted(): Promise<Pool> {
  const pool = postgres.pool(postgres.url, { size: 1 });
  await demote(pool);
  return pool;
}

const demote = (pool: Pool) => pool.query('set default_transaction_read_only = on');

const refused = { kind: 'unavailable', message: expect.stringContaining('give that of the primary server') };

describe('after a switchover, a connection to the server that was primary', () => {
  it('stores rows no more, and is left', async () => {
    const store = createRowStore(await demoted(), { catalog: smallCatalog });
    const rows = [agedRow('a', 60_000)];
    expect(await store.store(rows, never)).toEqual(refused);
    expect(await store.store(rows, never)).toMatchObject({ kind: 'stored', inserted: 1 });
  });

  it('stores points no more, and is left, be their series known or new', async () => {
    const pool = await demoted();
    const store = createPointStore(pool);
    const point = numberPoint(sampleSeries({ host: 1 }));
    expect(await store.store([point], never)).toEqual(refused);
    expect(await store.store([point], never)).toMatchObject({ kind: 'stored', inserted: 1 });
    await demote(pool);
    const next = { ...point, time: point.time + 1 };
    expect(await store.store([next], never)).toEqual(refused);
    expect(await store.store([next], never)).toMatchObject({ kind: 'stored', inserted: 1 });
  });

  it('is not ready, and is left', async () => {
    const pool = await demoted();
    expect(await ping(pool, never)).toContain('give that of the primary server');
    expect(await ping(pool, never)).toBeUndefined();
  });

  it('is not maintained any more, and is left', async () => {
    await using watched = maintain(postgres, postgres.url);
    expect(await watched.maintenance.runRound(never)).toBe('leader');
    await watched.maintenance.stop();
    await using demotedOne = maintain(postgres, postgres.url);
    await demote(demotedOne.pool);
    await expect(lead(demotedOne)).rejects.toMatchObject({ code: '25006' });
    await lead(demotedOne);
    expect(demotedOne.logger.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
  });
});
