import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/db/connect/pool.ts';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { maintain } from '../../../src/db/maintenance/round.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { withClient } from '../../../src/db/transaction.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs } from '../../../src/runtime/duration.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { numberPoint, sampleSeries } from '../../support/sample-series.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';
import { smallCatalog as catalog, never } from './support.ts';

/** It has one session, for which whoever connects waits. */
const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

let timescale: TestTimescale;
let pool: Pool;
beforeAll(async () => {
  timescale = await startTimescale();
  await migrate(timescale.url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(300_000) });
  pool = createPool(timescale.url, { logger: silentLogger, size: 1, ...patience });
}, 300_000);
afterAll(async () => {
  await pool.end();
  await timescale.stop();
});

async function round(): Promise<number> {
  const report = await withClient(pool, never, (client) => maintain(client, { catalog, clock: systemClock }));
  expect(report.failures).toEqual([]);
  return report.removedSeries;
}

async function hosts(from: string): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select distinct attributes->>'host' as host from telemetry.${from} order by 1`,
  );
  return rows.map(({ host }: { host: string }) => host);
}

describe('series without points on TimescaleDB', () => {
  it('are removed when its job has dropped their chunks; those whose points are all compressed stay', async () => {
    const store = createPointStore(pool);
    const pointOf = (host: string, days: number) =>
      numberPoint(sampleSeries({ host }), { time: Math.round((systemClock.now() - days * dayMs) * 1000) });
    await store.store([pointOf('gone', 20), pointOf('packed', 6.5), pointOf('packed', 5)], never);
    await pool.query("update telemetry.series set first_seen = now() - interval '20 days'");
    expect(await round()).toBe(0);
    const { rows } = await pool.query(
      `select job_id from timescaledb_information.jobs where proc_name = 'policy_retention' and hypertable_name = 'number_point'`,
    );
    expect(rows).toHaveLength(1);
    await pool.query(`call run_job(${rows[0].job_id})`);
    const chunks = await pool.query(
      "select compress_chunk(chunk) from show_chunks('telemetry.number_point') as chunk",
    );
    expect(chunks.rowCount).toBe(2);
    expect(await round()).toBe(1);
    expect(await hosts('series')).toEqual(['packed']);

    await store.store([pointOf('gone', 0)], never);
    expect(await hosts('numbers')).toEqual(['packed']);
    await pool.query("update telemetry_data.removed_series set removed = removed - interval '21 minutes'");
    expect(await round()).toBe(0);
    expect(await hosts('numbers')).toEqual(['gone', 'packed']);
    expect((await pool.query('select from telemetry_data.removed_series')).rowCount).toBe(0);
  });
});
