import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findEntity } from '../../../src/catalog/catalog.ts';
import { byResolution } from '../../../src/catalog/rollup.ts';
import { reckon } from '../../../src/db/maintenance/rollup-range.ts';
import { readStorage } from '../../../src/db/policy/storage.ts';
import { withClient } from '../../../src/db/transaction.ts';
import { hourMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { agedRow, smallCatalog as catalog, lead, maintain, never, store } from './support.ts';

let postgres: TestPostgres;
let url: string;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres(catalog);
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.freshUrl('migrated');
  pool = postgres.pool(url, { size: 2 });
});

/** Acts as TimescaleDB's, which fails so often with this code before it does anything; a sequence counts all of its calls. */
async function makeRefresh(failures: number, code: string): Promise<void> {
  await pool.query(
    `create sequence public.calls; create procedure public.refresh_continuous_aggregate(regclass, timestamptz, timestamptz)
     language plpgsql as $$ begin
       if nextval('public.calls') <= ${failures} then raise 'somebody else is at it' using errcode = '${code}'; end if;
     end $$`,
  );
}

async function refresh(): Promise<void> {
  await withClient(pool, never, async (client) => {
    const { relations } = await readStorage(client, catalog);
    const place = relations.find(({ relation }) => relation.name === 'container');
    const entity = findEntity(catalog, 'container');
    if (place === undefined || entity === undefined) throw new Error('there are no containers');
    const aggregates = byResolution(() => ['telemetry.container']);
    await reckon(client, { storage: { ...place, aggregates }, entity }, '5m', { from: 0, to: hourMs });
  });
}

const calls = async (): Promise<unknown> =>
  (await pool.query('select last_value::int as calls from public.calls')).rows[0]?.calls;

describe('a refresh that TimescaleDB refuses since a job of its own is at it', () => {
  it.each(['55P03', '40001', '40P01'])('is tried again: %s', async (code) => {
    await makeRefresh(2, code);
    await refresh();
    expect(await calls()).toBe(3);
  });

  it('is given up before long', async () => {
    await makeRefresh(1000, '55P03');
    await expect(refresh()).rejects.toMatchObject({ code: '55P03' });
    expect(await calls()).toBe(6);
  });

  it('is not tried again where it fails for another reason', async () => {
    await makeRefresh(1, '22003');
    await expect(refresh()).rejects.toMatchObject({ code: '22003' });
    expect(await calls()).toBe(1);
  });
});

describe('a step that leaves its connection in the way of others', () => {
  const backend = async (from: Pool): Promise<unknown> =>
    (await from.query('select pg_backend_pid() as pid')).rows[0]?.pid;

  it('is the last thing on it, once the round is over', async () => {
    await store(pool, [agedRow('a', 2 * hourMs)]);
    await using watched = maintain(postgres, url);
    const first = await backend(watched.pool);
    await pool.query(
      `create function public.broken() returns trigger language plpgsql as $$ begin raise 'unfinished' using errcode = '2D000'; end $$;
       create trigger broken before insert on telemetry_data.container_5m for each row execute function public.broken()`,
    );
    expect(await watched.maintenance.runRound(never)).toBe('leader');
    expect(watched.maintenance.figures()).toMatchObject({ rounds: 1, failures: 1, leads: false });
    expect(await backend(watched.pool)).not.toBe(first);
    await pool.query('drop function public.broken() cascade');
    await lead(watched);
    expect(watched.maintenance.figures()).toMatchObject({ rounds: 2, failures: 1, leads: true });
  });
});
