import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHistoryStore } from '../../../src/db/history/history.ts';
import { applyPolicies } from '../../../src/db/policy/apply.ts';
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
