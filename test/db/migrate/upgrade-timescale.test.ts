import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createPool } from '../../../src/db/connect/pool.ts';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { readLayoutFaults } from '../../../src/db/layout/apply-layout.ts';
import { readMigrations } from '../../../src/db/migrate/files.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { showPolicies } from '../../../src/db/policy/show.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { pointsOfEveryKind } from '../../support/every-kind.ts';
import { type FirstVersion, makeFirstVersion, readFirstVersion } from '../../support/first-version.ts';
import { containerRow } from '../../support/sample-row.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';

/** It has one session, for which whoever connects waits. */
const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

let timescale: TestTimescale;
let first: FirstVersion;
let applied: readonly string[];
beforeAll(async () => {
  timescale = await startTimescale();
  first = await makeFirstVersion(timescale.url);
  applied = await upgrade();
}, 300_000);
afterAll(() => timescale.stop());

const upgrade = () =>
  migrate(timescale.url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(300_000) });

async function query(...texts: readonly string[]): Promise<unknown[]> {
  const client = new Client({ connectionString: timescale.url });
  await client.connect();
  try {
    const results = [];
    for (const text of texts) results.push(...(await client.query(text)).rows);
    return results;
  } finally {
    await client.end();
  }
}

describe('a database with TimescaleDB that the first version filled', () => {
  it('is brought to the newest with every row as it was, in hypertables', async () => {
    expect(applied).toEqual((await readMigrations()).slice(1).map(({ name }) => name));
    expect(await readFirstVersion(timescale.url, first)).toEqual(first.rows);
    const tables = await query(
      "select hypertable_name::text as name from timescaledb_information.hypertables where hypertable_schema = 'telemetry'",
    );
    expect(tables).toEqual(expect.arrayContaining(first.tables.map(({ name }) => ({ name }))));
  });

  it('is the same afterwards', async () => {
    expect(await upgrade()).toEqual([]);
    const client = new Client({ connectionString: timescale.url });
    await client.connect();
    expect(await readLayoutFaults(client, catalog)).toEqual([]);
    await client.end();
  });

  it('takes what a member of telemetry_writer stores, and nothing else from it', async () => {
    const pool = createPool(timescale.url, { logger: silentLogger, size: 1, ...patience });
    pool.on('connect', (client) => void client.query('set role telemetry_writer'));
    const signal = AbortSignal.timeout(300_000);
    const row = containerRow('new', { time: Date.now() * 1000 });
    const rows = createRowStore(pool, { catalog });
    expect(await rows.store([row], signal)).toMatchObject({ kind: 'stored', inserted: 1 });
    const fuller = { ...row, states: { state: 'running' } };
    expect(await rows.store([fuller], signal)).toMatchObject({ kind: 'stored', completed: 1 });
    const points = pointsOfEveryKind(Date.now() * 1000);
    expect(await createPointStore(pool).store(points, signal)).toMatchObject({ kind: 'stored', inserted: 4 });
    for (const text of [
      'delete from telemetry.container',
      'drop table telemetry.container',
      'create table telemetry.mine ()',
    ])
      await expect(pool.query(text), text).rejects.toMatchObject({ code: '42501' });
    await pool.end();
  });

  it('shows its policies to a member of telemetry_reader', async () => {
    const client = new Client({ connectionString: timescale.url });
    await client.connect();
    await client.query('set role telemetry_reader');
    expect((await showPolicies(client, catalog)).lines.length).toBeGreaterThan(first.tables.length);
    expect(await planPolicies(client, { catalog, retention: undefined })).toMatchObject({ changes: [] });
    await client.end();
  });

  it('shows its rollups to a member of telemetry_reader, and of the fleet alone to everybody', async () => {
    const counted = 'select count(*)::int > 0 as known from telemetry.';
    expect(
      await query(
        'set role telemetry_reader',
        `${counted}container_5m`,
        `${counted}container_1h`,
        `${counted}container_3h`,
        `${counted}numbers`,
      ),
    ).toEqual([{ known: true }, { known: true }, { known: true }, { known: true }]);
    expect(await query('set role telemetry_public', `${counted}fleet_5m`)).toEqual([{ known: true }]);
    await expect(query('set role telemetry_public', `${counted}container_5m`)).rejects.toMatchObject({
      code: '42501',
    });
  });
});
