import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog, storedEntities } from '../../../src/catalog/catalog.ts';
import { createEventStore } from '../../../src/db/generic/event-store.ts';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { createHistoryStore } from '../../../src/db/history/history.ts';
import { readMigrations } from '../../../src/db/migrate/files.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { roleNames } from '../../../src/db/migrate/role-grants.ts';
import { rolesScript } from '../../../src/db/migrate/roles.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { showPolicies } from '../../../src/db/policy/show.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { type LogFields, type Logger, silentLogger } from '../../../src/runtime/logger.ts';
import { pointsOfEveryKind, sampleEvent } from '../../support/every-kind.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { at, containerRow } from '../../support/sample-row.ts';

let postgres: TestPostgres;
let url: string;
/** Logins that are members of one role each, and nothing else. */
let writer: Pool;
let reader: Pool;
let anybody: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.freshUrl('migrated');
  writer = postgres.pool(await postgres.roleUrl(url, 'grant telemetry_writer to'));
  reader = postgres.pool(await postgres.roleUrl(url, 'grant telemetry_reader to'));
  anybody = postgres.pool(await postgres.roleUrl(url, 'grant telemetry_public to'));
});
afterAll(() => postgres.stop());

const signal = new AbortController().signal;
const run = (address: string, logger: Logger = silentLogger) => migrate(address, { catalog, logger, signal });

/** A logger that keeps what it is told. */
function listen(): {
  readonly logger: Logger;
  readonly said: { message: string; fields: LogFields | undefined }[];
} {
  const said: { message: string; fields: LogFields | undefined }[] = [];
  const keep = (message: string, fields?: LogFields) => void said.push({ message, fields });
  return { logger: { error: keep, warn: keep, info: keep, debug: keep }, said };
}

const denied = { code: '42501' };

describe('telemetry_writer', () => {
  it('stores rows, completes them, and says when they came late', async () => {
    const state =
      "insert into telemetry.rollup_state (relation, resolution, until) values ('container', '5m', '2026-04-01Z')";
    await postgres
      .pool(url)
      .query(`${state} on conflict (relation, resolution) do update set until = excluded.until`);
    const store = createRowStore(writer, { catalog });
    const begun = containerRow('a');
    const rest = containerRow('a', { states: { state: 'running' } });
    const stored = (inserted: number, completed: number, duplicates: number) => ({
      ...{ kind: 'stored', inserted, completed, duplicates, refused: [] },
    });
    expect(await store.store([begun], signal)).toEqual(stored(1, 0, 0));
    expect(await store.store([rest, containerRow('b')], signal)).toEqual(stored(1, 1, 0));
    expect(await store.store([rest], signal)).toEqual(stored(0, 0, 1));
    const late = 'select relation, time from telemetry.late_bucket';
    expect((await writer.query(late)).rows).toEqual([
      { relation: 'container', time: new Date('2026-03-01T12:00:00Z') },
    ]);
  });

  it('stores points of every kind, and what an exporter says of a snapshot', async () => {
    const points = createPointStore(writer);
    expect(await points.store(pointsOfEveryKind(), signal)).toMatchObject({ kind: 'stored', inserted: 4 });
    expect(await points.store(pointsOfEveryKind(), signal)).toMatchObject({ kind: 'stored', duplicates: 4 });
    const events = createEventStore(writer);
    expect(await events.store([sampleEvent], signal)).toMatchObject({ kind: 'stored', inserted: 1 });
    expect(await events.store([sampleEvent], signal)).toMatchObject({ kind: 'stored', duplicates: 1 });
  });

  it('may do no more with the tables than store', async () => {
    const texts = [
      'delete from telemetry.container',
      'truncate telemetry.container',
      'drop table telemetry.container',
      'alter table telemetry.container add column more text',
      'create table telemetry.mine ()',
      'create table telemetry_data.mine ()',
      'create schema mine',
      'insert into telemetry.migration (id, name, checksum) values (99, $$x$$, $$y$$)',
      'update telemetry.policy set keep_raw = null',
      'update telemetry.rollup_state set until = null',
      'update telemetry.number_point set value_double = 0',
      'delete from telemetry.series',
      'select 1 from telemetry_data.container_5m',
    ];
    for (const text of texts) await expect(writer.query(text), text).rejects.toMatchObject(denied);
  });

  it('finds nothing to migrate, and changes nothing', async () => {
    const { logger, said } = listen();
    const login = await postgres.roleUrl(url, 'grant telemetry_writer to');
    expect(await run(login, logger)).toEqual([]);
    expect(said).toEqual([]);
  });

  it('waits for the one who may, where there is something to migrate', async () => {
    const empty = await postgres.freshUrl('empty');
    const login = await postgres.roleUrl(empty, 'grant telemetry_writer to');
    await expect(run(login)).rejects.toMatchObject({ code: 'database_schema' });
  });
});

describe('telemetry_reader', () => {
  it('reads everything', async () => {
    for (const { name } of storedEntities(catalog))
      for (const relation of [name, `${name}_5m`, `${name}_1h`, `${name}_3h`])
        expect((await reader.query(`select from telemetry.${relation} limit 1`)).rowCount).toBeLessThan(2);
    for (const relation of [
      'numbers',
      'histograms',
      'exponential_histograms',
      'summaries',
      'snapshot',
      'policy',
    ])
      expect((await reader.query(`select from telemetry.${relation} limit 1`)).rowCount).toBeLessThan(2);
    const { rows } = await reader.query(
      "select telemetry.increase('none', '-infinity', 'infinity') is null as known",
    );
    expect(rows).toEqual([]);
  });

  it('sees for how long what is kept, and what the settings would change', async () => {
    const client = await reader.connect();
    expect((await showPolicies(client, catalog)).lines.length).toBeGreaterThan(
      storedEntities(catalog).length,
    );
    expect(await planPolicies(client, { catalog, retention: undefined })).toMatchObject({ changes: [] });
    client.release();
  });

  it('writes nothing', async () => {
    const insert = "insert into telemetry.server (time, server_id) values (now(), 'a')";
    await expect(reader.query(insert)).rejects.toMatchObject(denied);
    await expect(reader.query('delete from telemetry.server')).rejects.toMatchObject(denied);
  });

  it('reads partitions that are made later too', async () => {
    await postgres.pool(url).query('create table telemetry_data.later (id integer)');
    expect((await reader.query('select from telemetry_data.later')).rowCount).toBe(0);
  });
});

describe('telemetry_public', () => {
  it('sees the fleet and its rollups, and nothing that has a name', async () => {
    for (const relation of ['fleet', 'fleet_5m', 'fleet_1h', 'fleet_3h'])
      expect((await anybody.query(`select from telemetry.${relation}`)).rowCount).toBe(0);
    const others = storedEntities(catalog)
      .map(({ name }) => name)
      .filter((name) => name !== 'fleet');
    for (const relation of [
      ...others,
      'series',
      'number_point',
      'snapshot',
      'policy',
      'migration',
      'container_5m',
    ])
      await expect(anybody.query(`select from telemetry.${relation}`), relation).rejects.toMatchObject(
        denied,
      );
  });
});

describe('migrate', () => {
  it('gives rights once', async () => {
    const grants = async () => {
      const text =
        "select relname, relacl::text, xmin::text from pg_class where relnamespace in ('telemetry'::regnamespace, 'telemetry_data'::regnamespace) order by 1";
      return (await postgres.pool(url).query(text)).rows;
    };
    const before = await grants();
    expect(await run(url)).toEqual([]);
    expect(await grants()).toEqual(before);
  });

  it('lets readers read where not everybody may call a function', async () => {
    const strict = await postgres.freshUrl('empty');
    await postgres.pool(strict).query('alter default privileges revoke execute on functions from public');
    await run(strict);
    const rows = ['00', '01'].map((minute, index) =>
      containerRow('a', { time: at(`2026-03-01T12:${minute}:00Z`), values: { networkReceive: index * 7 } }),
    );
    await createRowStore(postgres.pool(strict), { catalog }).store(rows, signal);
    const login = async (role: string) => postgres.pool(await postgres.roleUrl(strict, `grant ${role} to`));
    const read = await login('telemetry_reader');
    const rolled = await read.query(
      'select network_io_receive_increase::int as rose from telemetry.container_5m',
    );
    expect(rolled.rows).toEqual([{ rose: 7 }]);
    const asked = { entity: 'container', metric: 'networkReceive', stepSeconds: 60, where: {}, maxSeries: 1 };
    const range = { from: at('2026-03-01T12:00:00Z'), to: at('2026-03-01T13:00:00Z') };
    await postgres.pool(strict).query('delete from telemetry.policy');
    const found = await createHistoryStore(read, catalog).history({ ...asked, ...range }, signal);
    expect(found.series[0]?.points.map(({ value }) => value)).toEqual([undefined, 7]);
    await postgres
      .pool(strict)
      .query("insert into telemetry.fleet (time, service_instance_id) values ('2026-03-01T12:00Z', 'one')");
    const seen = await (await login('telemetry_public')).query('select * from telemetry.fleet_1h');
    expect(seen.rowCount).toBe(1);
    expect(await run(strict)).toEqual([]);
  });

  it('covers a table that a later migration makes', async () => {
    const migrations = await readMigrations();
    const later = {
      id: migrations.length + 1,
      name: 'later',
      checksum: '',
      transactional: true,
      statements: ['create table telemetry.later ()'],
    };
    const grown = await postgres.freshUrl('migrated');
    await migrate(grown, { catalog, logger: silentLogger, signal, migrations: [...migrations, later] });
    const login = postgres.pool(await postgres.roleUrl(grown, 'grant telemetry_reader to'));
    expect((await login.query('select from telemetry.later')).rowCount).toBe(0);
  });

  it('goes on where the owner may make no roles, and says what an administrator is to run', async () => {
    const empty = await postgres.freshUrl('empty');
    const admin = postgres.pool(empty);
    const owner = await postgres.roleUrl(empty);
    const { username, pathname } = new URL(owner.replace('@/', '@none/'));
    await admin.query(`grant create on database ${pathname.slice(1)} to ${username}`);
    // All databases of a server share its roles: the others must not notice.
    const rename = (from: string, to: string) =>
      admin.query(roleNames.map((name) => `alter role ${name}${from} rename to ${name}${to}`).join('; '));
    await rename('', '_kept');
    try {
      const { logger, said } = listen();
      expect((await run(owner, logger)).length).toBeGreaterThan(0);
      const words = said.find(({ message }) => message.includes('an administrator may'));
      expect(words?.fields?.sql).toBe(roleNames.map((name) => `create role ${name} nologin`).join('; '));
      await admin.query(rolesScript());
      const again = listen();
      expect(await run(owner, again.logger)).toEqual([]);
      expect(again.said).toEqual([]);
      const login = postgres.pool(await postgres.roleUrl(empty, 'grant telemetry_writer to'));
      expect(await createRowStore(login, { catalog }).store([containerRow('a')], signal)).toMatchObject({
        inserted: 1,
      });
      await admin.query(`drop owned by ${roleNames.join(', ')}; drop role ${roleNames.join(', ')}`);
    } finally {
      await rename('_kept', '');
    }
  });
});
