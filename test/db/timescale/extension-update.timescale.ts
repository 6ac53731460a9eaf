import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolutions, rollupOf } from '../../../src/catalog/rollup.ts';
import { tableOf } from '../../../src/catalog/table.ts';
import { container } from '../../../src/collectors/docker/metrics.ts';
import { createPool } from '../../../src/db/connect/pool.ts';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { readLayoutFaults } from '../../../src/db/layout/apply-layout.ts';
import { maintain } from '../../../src/db/maintenance/round.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { withClient } from '../../../src/db/transaction.ts';
import type { Row } from '../../../src/metric/row.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { pointsOfEveryKind } from '../../support/every-kind.ts';
import { GivenDatabases, serverOfEnvironment } from '../../support/given-databases.ts';
import { expectSameRollup, readRollup } from '../conformance/read-rollup.ts';
import { rollupByForce } from '../conformance/rollup-oracle.ts';
import { storedOf } from '../conformance/samples.ts';
import { agedRow, smallCatalog as catalog, never, store } from '../maintenance/support.ts';

const from = process.env.TEST_TIMESCALE_FROM;
const server = serverOfEnvironment();
if (from === undefined || server === undefined) throw new Error('TEST_TIMESCALE_FROM names no version');

const databases = new GivenDatabases({ url: server.url });
let url: string;
let pool: Pool;
const rows: Row[] = [];
beforeAll(async () => {
  url = await databases.create();
  await alone(`create extension timescaledb version '${from}'`);
  await migrate(url, { catalog, logger: silentLogger, signal: never });
  pool = createPool(url, { logger: silentLogger, size: 1, statementTimeoutMs: 60_000 });
});
afterAll(async () => {
  await pool.end();
  await databases.drop();
});

/** One statement, the first of a new session, as TimescaleDB wants what concerns the extension. */
async function alone(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function add(...ages: readonly number[]): Promise<void> {
  const added = ages.map((age) => agedRow('a', age));
  rows.push(...added);
  await store(pool, added);
}

const round = () => withClient(pool, never, (client) => maintain(client, { catalog, clock: systemClock }));

async function expectExact(): Promise<void> {
  const exact = storedOf(tableOf(container), rows);
  for (const resolution of resolutions) {
    const rollup = rollupOf(container, resolution);
    expectSameRollup(await readRollup(pool, rollup, 'main'), rollupByForce(container, resolution, exact));
  }
}

describe(`a database of TimescaleDB ${from}, updated`, () => {
  it('begins with rows, rollups, and chunks that are compressed', async () => {
    await add(4.5 * dayMs, 4.4 * dayMs, 9 * hourMs, minuteMs);
    const points = pointsOfEveryKind(Date.now() * 1000);
    expect(await createPointStore(pool).store(points, never)).toMatchObject({ inserted: 4 });
    expect((await round()).failures).toEqual([]);
    const packed = await pool.query(
      `select compress_chunk(chunk) from show_chunks('telemetry.container', older_than => interval '2 days') as chunk`,
    );
    expect(packed.rowCount).toBeGreaterThan(0);
    await expectExact();
    await pool.end();
    pool = createPool(url, { logger: silentLogger, size: 1, statementTimeoutMs: 60_000 });
  });

  it('has what it had, and nothing to migrate or to plan', async () => {
    await alone('alter extension timescaledb update');
    const [{ version } = {}] = await alone(
      `select extversion as version from pg_extension where extname = 'timescaledb'`,
    );
    expect(version).not.toBe(from);
    expect(await migrate(url, { catalog, logger: silentLogger, signal: never })).toEqual([]);
    await withClient(pool, never, async (client) => {
      expect(await readLayoutFaults(client, catalog)).toEqual([]);
      expect((await planPolicies(client, { catalog })).changes).toEqual([]);
    });
    await expectExact();
  });

  it('goes on as before', async () => {
    await add(4.45 * dayMs, 8 * hourMs, 2 * minuteMs);
    const points = pointsOfEveryKind(Date.now() * 1000);
    expect(await createPointStore(pool).store(points, never)).toMatchObject({ inserted: 4 });
    expect((await round()).failures).toEqual([]);
    await expectExact();
    for (const { job_id: job } of await alone(
      `select job_id from timescaledb_information.jobs where proc_name ~ '^policy_' and job_id >= 1000`,
    ))
      await pool.query(`call run_job(${Number(job)})`);
    await expectExact();
  });
});
