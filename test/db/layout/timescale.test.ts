import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { resolutions } from '../../../src/catalog/rollup.ts';
import { applyLayout, readLayoutFaults } from '../../../src/db/layout/apply-layout.ts';
import { readFeatures } from '../../../src/db/layout/features.ts';
import { readLayout } from '../../../src/db/layout/layout.ts';
import { rawTables } from '../../../src/db/layout/timed-table.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';
import { grownCatalog, layoutOptions, migrateBare, migrateWhole, tenDays } from './support.ts';

/** A database in WebAssembly takes its time on a busy machine. */
const patience = 90_000;

let timescale: TestTimescale;
let client: Client;

/** A database that an older version left with rows of ten days. */
async function open(): Promise<void> {
  timescale = await startTimescale();
  await migrateBare(timescale.url);
  client = new Client({ connectionString: timescale.url });
  await client.connect();
  await client.query(tenDays);
}

async function close(): Promise<void> {
  await client?.end();
  await timescale?.stop();
}

async function cells(text: string): Promise<readonly unknown[]> {
  const { rows } = await client.query({ text, rowMode: 'array' });
  return rows.flat();
}

const totals = (resolution: string): Promise<readonly unknown[]> =>
  cells(`select sum(samples), sum(containers_running_sum) from telemetry.server_${resolution}`);

describe('TimescaleDB, community edition', () => {
  beforeAll(async () => {
    await open();
    // Migrations have a connection of their own, and there is only one at a time.
    await client.end();
    await migrateWhole(timescale.url);
    client = new Client({ connectionString: timescale.url });
    await client.connect();
  }, patience);
  afterAll(close);

  it('B16: every table is a hypertable of stated chunks whose unique key holds the time', async () => {
    const { rows } = await client.query(
      `select hypertable_name as name, extract(day from time_interval)::int as days,
         exists (select from pg_index i join pg_attribute a on a.attrelid = indrelid and a.attnum = any (indkey)
           where indrelid = format('%I.%I', hypertable_schema, hypertable_name)::regclass and indisunique and attname = 'time') as keyed
       from timescaledb_information.dimensions where hypertable_schema = 'telemetry' order by 1`,
    );
    const wanted = rawTables(catalog).map(({ name, days }) => ({ name, days, keyed: true }));
    expect(rows).toEqual(wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    expect(await readFeatures(client)).toMatchObject({ timescale: { license: 'timescale' } });
    expect(await readLayout(client)).toEqual({ pieces: 'hypertables', rollups: 'aggregates' });
  });

  it('B15: has every rollup, after a second migration as well', async () => {
    expect(await readLayoutFaults(client, catalog)).toEqual([]);
    expect(await applyLayout(client, layoutOptions())).toEqual([]);
    const { rows } = await client.query(
      `select distinct materialized_only, extract(day from time_interval)::int as days, substring(view_name from '_(5m|[13]h)_1$') as resolution
       from timescaledb_information.continuous_aggregates a
       join timescaledb_information.dimensions d on d.hypertable_name = materialization_hypertable_name order by 2, 3`,
    );
    expect(rows).toEqual([
      { materialized_only: false, days: 7, resolution: '5m' },
      { materialized_only: false, days: 28, resolution: '1h' },
      { materialized_only: false, days: 28, resolution: '3h' },
    ]);
  });

  it('keeps what was there, and has rolled it up', async () => {
    expect(await cells('select count(*) from telemetry.server')).toEqual(['120']);
    // A policy refreshes the last days only: what is older would be missing had it not been refreshed before.
    for (const name of ['server_5m_1', 'server_1h_1', 'server_3h_1'])
      await client.query(
        `call public.refresh_continuous_aggregate('telemetry_data.${name}', '2026-03-19', '2026-03-20 12:00Z')`,
      );
    for (const resolution of resolutions) expect(await totals(resolution)).toEqual(['120', '7140']);
  });

  it('B40: shows what was stored just now', async () => {
    await client.query(
      `insert into telemetry.server (server_id, time, containers_running) values ('now', now(), 1)`,
    );
    for (const resolution of resolutions) {
      const text = `select samples, containers_running_last from telemetry.server_${resolution} where server_id = 'now'`;
      expect(await cells(text)).toEqual(['1', '1']);
    }
    await client.query(`delete from telemetry.server where server_id = 'now'`);
  });

  it('B94, B14: says what somebody took away, and makes it again without touching what is stored', async () => {
    await client.query(`select drop_chunks('telemetry.server', older_than => timestamptz '2026-03-15')`);
    await client.query('drop view telemetry.server_1h');
    expect(await readLayoutFaults(client, catalog)).toEqual(['telemetry.server_1h is missing']);
    expect(await applyLayout(client, layoutOptions())).toEqual(['server_1h']);
    for (const resolution of resolutions) expect(await totals(resolution)).toEqual(['120', '7140']);
  });

  it('gives a column that comes later an aggregate of its own, in the same view', async () => {
    await client.query('alter table telemetry.server add column load double precision');
    await client.query('update telemetry.server set load = 2.5');
    const made = ['server_5m_2', 'server_1h_2', 'server_3h_2', 'server_5m', 'server_1h', 'server_3h'];
    expect(await applyLayout(client, layoutOptions(grownCatalog))).toEqual(made);
    for (const resolution of resolutions) {
      expect(await totals(resolution)).toEqual(['120', '7140']);
      expect(await cells(`select sum(load_sum) from telemetry.server_${resolution}`)).toEqual([167.5]);
    }
    expect(await applyLayout(client, layoutOptions(grownCatalog))).toEqual([]);
    expect(await readLayoutFaults(client, grownCatalog)).toEqual([]);
  });
});

describe('a database that gets the extension later', () => {
  beforeAll(open, patience);
  afterAll(close);

  it('stays as it was laid out', async () => {
    await applyLayout(client, { ...layoutOptions(), features: {} });
    expect(await readFeatures(client)).toHaveProperty('timescale');
    expect(await readLayout(client)).toEqual({ pieces: 'partitions', rollups: 'tables' });
    expect(await applyLayout(client, layoutOptions())).toEqual([]);
    expect(await readLayoutFaults(client, catalog)).toEqual([]);
    for (const resolution of resolutions) expect(await totals(resolution)).toEqual(['120', '7140']);
  });
});
