import { dirname, join } from 'node:path';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { createPool } from '../../src/db/connect/pool.ts';
import { findBinaries } from '../../src/db/embedded/binaries.ts';
import { createEventStore } from '../../src/db/generic/event-store.ts';
import { createPointStore } from '../../src/db/generic/point-store.ts';
import { createHistoryStore } from '../../src/db/history/history.ts';
import { readLayoutFaults } from '../../src/db/layout/apply-layout.ts';
import { createMaintenance } from '../../src/db/maintenance/maintenance.ts';
import { readMigrations } from '../../src/db/migrate/files.ts';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { createRowStore } from '../../src/db/rows/row-store.ts';
import { readRows } from '../../src/db/rows/rows.ts';
import type { Row } from '../../src/metric/row.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { pointsOfEveryKind, sampleEvent } from '../support/every-kind.ts';
import { makeFirstVersion, readFirstVersion } from '../support/first-version.ts';
import { containerRow } from '../support/sample-row.ts';
import { part } from './support/parts.ts';
import { succeed } from './support/program.ts';
import { type PostgresServer, startServer } from './support/server.ts';

const newest = () => dirname(findBinaries().postgres);
const programs = (name: Parameters<typeof part>[0]) => () => dirname(part(name));
const signal = new AbortController().signal;

const hour = 3_600_000_000;
/** Whole hours that are over, and no more than rows are kept. */
const to = Math.floor((Date.now() * 1000) / hour) * hour;
const from = to - 6 * hour;

/** A container by the minute: a counter that begins anew in the middle, a gauge and a state. */
const rows: readonly Row[] = Array.from({ length: 360 }, (_, minute) => {
  const anew = minute >= 200;
  return containerRow('a', {
    time: from + minute * 60_000_000 + 123_456,
    start: anew ? from + 199.5 * 60_000_000 : from - hour,
    values: { networkReceive: 9_007_199_254_740_993n + BigInt(minute * 1000), pids: minute % 7 },
    states: { state: minute % 50 === 0 ? 'paused' : 'running' },
  });
});

describe.each<[version: number, bin: () => string, copied: boolean]>([
  [14, programs('postgres-14'), true],
  [15, programs('postgres-15'), false],
  [16, programs('postgres-16'), true],
  [17, programs('postgres-17'), true],
  [18, newest, false],
])('PostgreSQL %i', (version, bin, copied) => {
  let server: PostgresServer;
  let url: string;
  let pool: Pool;
  let writer: Pool;
  const pools: Pool[] = [];
  const connect = (address: string, size = 4): Pool => {
    const made = createPool(address, { logger: silentLogger, size, statementTimeoutMs: 60_000 });
    pools.push(made);
    return made;
  };
  const upgrade = (address: string) =>
    migrate(address, { catalog, logger: silentLogger, signal: AbortSignal.timeout(300_000) });
  const urlOf = async (database: string): Promise<string> => {
    const admin = new Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(`create database ${database}`);
    await admin.end();
    return server.url.replace('/postgres?', `/${database}?`);
  };

  beforeAll(async () => {
    server = await startServer({ bin: bin(), copied });
    url = await urlOf('telemetry');
    pool = connect(url);
  });
  afterAll(async () => {
    await Promise.all(pools.map((open) => open.end()));
    await server.stop();
  });

  const history = async (metric: string) =>
    createHistoryStore(pool, catalog).history(
      { entity: 'container', metric, from, to, stepSeconds: 3600, where: {}, maxSeries: 10 },
      signal,
    );

  it('is migrated, once', async () => {
    const { rows: versions } = await pool.query(
      "select current_setting('server_version_num')::int / 10000 as version",
    );
    expect(versions).toEqual([{ version }]);
    expect(await upgrade(url)).toEqual((await readMigrations()).map(({ name }) => name));
    expect(await upgrade(url)).toEqual([]);
    await pool.query('create role sidecar login in role telemetry_writer');
    writer = connect(url.replace('//telemetry@', '//sidecar@'));
  });

  it('stores all that the writer gives it, once', async () => {
    const store = createRowStore(writer, { catalog });
    const all = { kind: 'stored', inserted: rows.length, completed: 0, duplicates: 0, refused: [] };
    expect(await store.store(rows, signal)).toEqual(all);
    expect(await store.store(rows, signal)).toEqual({ ...all, inserted: 0, duplicates: rows.length });
    expect(await readRows(pool, 'container', { catalog, signal, from, to })).toEqual(rows);
    const time = to - hour;
    for (const known of [0, 4]) {
      const outcome = await createPointStore(writer).store(pointsOfEveryKind(time), signal);
      expect(outcome).toMatchObject({ kind: 'stored', inserted: 4 - known, duplicates: known });
    }
    const views = ['numbers', 'histograms', 'exponential_histograms', 'summaries'];
    for (const view of views) expect((await pool.query(`select from telemetry.${view}`)).rowCount).toBe(1);
    const event = { ...sampleEvent, time };
    expect(await createEventStore(writer).store([event], signal)).toMatchObject({
      kind: 'stored',
      inserted: 1,
    });
  });

  it('answers the same from rollups as from rows, before they are stored and after', async () => {
    const metrics = ['networkReceive', 'pids', 'state'];
    const before = await Promise.all(metrics.map(history));
    const maintenance = createMaintenance({
      pool: connect(url, 1),
      catalog,
      clock: systemClock,
      logger: silentLogger,
    });
    expect(await maintenance.runRound(signal)).toBe('leader');
    expect(maintenance.figures()).toMatchObject({ rounds: 1, failures: 0 });
    await maintenance.stop();
    const stored = await pool.query('select count(*)::int as buckets from telemetry_data.container_1h');
    expect(stored.rows).toEqual([{ buckets: expect.toSatisfy((buckets: number) => buckets >= 5) }]);
    const after = await Promise.all(metrics.map(history));
    expect(before.map(({ resolution }) => resolution)).toEqual(['raw', 'raw', 'raw']);
    expect(after.map(({ resolution }) => resolution)).toEqual(['1h', '1h', '1h']);
    expect(after.map(({ series }) => series)).toEqual(before.map(({ series }) => series));
    const [received] = before;
    const increases = received?.series[0]?.points.map(({ value }) => BigInt(value ?? 0)) ?? [];
    // From each sample to the next, and what it counted since it began anew.
    const expected = 358n * 1000n + 9_007_199_254_740_993n + 200_000n;
    expect(increases.reduce((sum, increase) => sum + increase, 0n)).toBe(expected);
  });

  it('lets the writer do no more than store', async () => {
    for (const text of [
      'delete from telemetry.container',
      'drop table telemetry.container',
      'create table telemetry.mine ()',
    ])
      await expect(writer.query(text), text).rejects.toMatchObject({ code: '42501' });
  });

  it('keeps every row of a database that the first version made', async () => {
    const old = await urlOf('old');
    const first = await makeFirstVersion(old);
    await upgrade(old);
    expect(await readFirstVersion(old, first)).toEqual(first.rows);
    const client = new Client({ connectionString: old });
    await client.connect();
    expect(await readLayoutFaults(client, catalog)).toEqual([]);
    await client.end();
  });

  const backup = 'is the same after pg_dump and pg_restore';
  const restores = async () => {
    const restored = await urlOf('restored');
    const dump = join(server.folder, 'telemetry.dump');
    const run = (program: string, ...args: readonly string[]) =>
      succeed({ command: join(bin(), program), args, user: '65534', cwd: server.folder });
    await run('pg_dump', '--format=custom', `--file=${dump}`, url);
    await run('pg_restore', '--no-owner', `--dbname=${restored}`, dump);
    expect(await upgrade(restored)).toEqual([]);
    const readAll = async (database: Pool) => {
      const names = [
        'container',
        'container_5m',
        'container_1h',
        'container_3h',
        'numbers',
        'summaries',
        'snapshot',
        'policy',
        'rollup_state',
      ];
      const all = names.map(
        async (name) =>
          (await database.query(`select to_jsonb(t)::text as row from telemetry.${name} as t order by 1`))
            .rows,
      );
      return Promise.all(all);
    };
    expect(await readAll(connect(restored))).toEqual(await readAll(pool));
  };
  // Debian brings these programs beside its server.
  if (version === 15) it(backup, restores);
});
