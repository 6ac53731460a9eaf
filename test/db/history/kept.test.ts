import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHistoryStore } from '../../../src/db/history/history.ts';
import { readKept } from '../../../src/db/history/kept.ts';
import { maintain as round } from '../../../src/db/maintenance/round.ts';
import { applyPolicies } from '../../../src/db/policy/apply.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, minuteMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { agedRow, smallCatalog as catalog, count, maintain, never, store } from '../maintenance/support.ts';

let postgres: TestPostgres;
let client: Client;
beforeAll(async () => {
  postgres = await startPostgres(catalog);
  client = new Client({ connectionString: postgres.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await postgres.stop();
});

it('what 5 minutes have lost is read from hours, also once they are kept for longer again', async () => {
  const pool = postgres.pool(postgres.url);
  await using watched = maintain(postgres, postgres.url);
  const age = 20 * dayMs;
  const rows = [age, age - 7 * minuteMs, age - 90 * minuteMs];
  await store(
    pool,
    rows.map((each) => agedRow('a', each)),
  );
  await watched.maintenance.runRound(never);
  const from = Math.floor((systemClock.now() - age) / dayMs) * dayMs * 1000;
  /** Resolution, width of a step and samples of two days around the rows, asked for in steps of 5 minutes. */
  const asked = async () => {
    const range = { from, to: from + 2 * dayMs * 1000, stepSeconds: 300 };
    const query = { entity: 'container', metric: 'pids', ...range, where: {}, maxSeries: 5 };
    const found = await createHistoryStore(pool, catalog).history(query, never);
    const samples = found.series.flatMap(({ points }) => points.map((point) => point.samples));
    return [found.resolution, found.stepSeconds, samples.reduce((sum, one) => sum + one, 0)];
  };
  const keep = (fine: number) => ({ container: { raw: 3 * dayMs, '5m': fine, late: dayMs } });
  expect(await asked()).toEqual(['5m', 300, 3]);
  await applyPolicies(client, { catalog, retention: keep(10 * dayMs) });
  await watched.maintenance.runRound(never);
  expect(await count(pool, 'telemetry_data.container_5m')).toBe(0);
  expect(await asked()).toEqual(['1h', 3600, 3]);
  await applyPolicies(client, { catalog, retention: keep(60 * dayMs) });
  await watched.maintenance.runRound(never);
  expect(await asked()).toEqual(['1h', 3600, 3]);
});

it.each([
  ['1 mon', 30],
  ['300000 years', undefined],
  ['infinity', undefined],
  ['-300000 years', 0],
])('what another hand wrote into a policy is understood as by those who drop: %s', async (keep, days) => {
  const pool = postgres.pool(await postgres.freshUrl('migrated'));
  // Older servers have no interval without an end.
  const written = await pool
    .query(`update telemetry.policy set keep_raw = $1::interval where relation = 'container'`, [keep])
    .catch(() => undefined);
  expect(written !== undefined || keep === 'infinity').toBe(true);
  if (written === undefined) return;
  const { now, since } = await readKept(pool, 'container', never);
  const wanted = days === undefined ? 0 : now - days * dayMs * 1000;
  expect(Math.abs(since.raw - wanted)).toBeLessThan(100);
  const client = await pool.connect();
  const { failures } = await round(client, { catalog, clock: systemClock });
  const { changes } = await planPolicies(client, { catalog });
  client.release();
  expect(failures).toEqual(
    days === 30 ? [] : [expect.stringMatching(/^the policy in force is not followed: raw of container/)],
  );
  expect(changes).toMatchObject([{ relation: 'container', what: 'raw', to: '7d' }]);
});
