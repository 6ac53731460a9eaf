import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { showPolicies } from '../../../src/db/policy/show.ts';
import { hourMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { count, maintain, never, smallCatalog } from './support.ts';

let postgres: TestPostgres;
let url: string;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.freshUrl('migrated');
  pool = postgres.pool(url);
});

const inDefault = 'telemetry_data.container_default';

/** A row at each of these times. */
function put(times: string): Promise<unknown> {
  return pool.query(
    `insert into telemetry.container (server_id, container_id, time, pids) select 'main', 'a', at, 1 from ${times} as at`,
  );
}

describe('rows that no partition was made for', () => {
  it('are moved some at a time, those of today first, and one that none can be made for is in nobody’s way', async () => {
    await put(`generate_series(now() - interval '6 days', now() + interval '40 days', interval '1 day')`);
    await put(`cast('20000-01-01 00:00:00Z' as timestamptz)`);
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    expect(watched.logger.lines).toContainEqual(expect.stringMatching(/partitions of container: .*20000/));
    expect(await count(pool, inDefault)).toBe(1);
    expect(await count(pool, 'telemetry.container')).toBe(48);
    await put('now()');
    expect(await count(pool, inDefault)).toBe(1);
  });

  it('are in nobody’s way at no time at all, however they came there', async () => {
    await put(`unnest(array['-infinity', 'infinity', now() - interval '3 hours', now()]::timestamptz[])`);
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    expect(watched.maintenance.figures()).toMatchObject({ rounds: 1, failures: 0 });
    expect(await count(pool, inDefault)).toBe(2);
    expect(await count(pool, 'telemetry_data.container_5m')).toBe(1);
    const client = await pool.connect();
    const { lines } = await showPolicies(client, smallCatalog);
    client.release();
    const shown = lines.find(({ name }) => name === 'container');
    expect(Date.now() - (shown?.oldest ?? 0)).toBeGreaterThan(3 * hourMs - 1);
  });

  it('are no reason to reckon what is older than any rollup is kept', async () => {
    await pool.query(`update telemetry.policy set keep_1h = keep_5m`);
    await put(`unnest(array[timestamptz '1971-01-01 00:00:00Z', now() - interval '3 hours'])`);
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    const { rows } = await pool.query(
      `select count(*)::int as n, min(time) > now() - interval '5 hours' as young from telemetry_data.container_1h`,
    );
    expect(rows).toEqual([{ n: 1, young: true }]);
    expect(await count(pool, 'telemetry.container')).toBe(1);
  });
});
