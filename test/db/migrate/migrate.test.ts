import { once } from 'node:events';
import { createServer } from 'node:net';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { type Migration, parseMigration, readMigrations } from '../../../src/db/migrate/files.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { schemaFaults } from '../../../src/db/migrate/schema-check.ts';
import { migrationStatus } from '../../../src/db/migrate/status.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const signal = new AbortController().signal;
const nothing = { entities: [] };

const run = (url: string, migrations?: readonly Migration[]) =>
  migrate(url, {
    catalog: migrations === undefined ? catalog : nothing,
    logger: silentLogger,
    signal,
    ...(migrations === undefined ? {} : { migrations }),
  });

/** Migrations of a test, numbered in the order given. */
function filesOf(...contents: readonly string[]): readonly Migration[] {
  return contents.map((content, index) => parseMigration(`000${index + 1}_step.sql`, content));
}

const first =
  'create table telemetry.thing (id integer);\n-- statement\ncreate index thing_id on telemetry.thing (id);\n';

async function columnOf(pool: Pool, text: string): Promise<readonly unknown[]> {
  const { rows } = await pool.query({ text, rowMode: 'array' });
  return rows.flat();
}

describe('migrate', () => {
  it('brings an empty database to the newest, and a second time does nothing', async () => {
    const url = await postgres.freshUrl('empty');
    const all = (await readMigrations()).map(({ name }) => name);
    expect(await run(url)).toEqual(all);
    expect(await run(url)).toEqual([]);
    expect(await schemaFaults(postgres.pool(url), catalog)).toEqual([]);
  });

  it('B95: any number of starters at once all succeed with one application', async () => {
    const url = await postgres.freshUrl('empty');
    const files = filesOf(first);
    const applied = await Promise.all(Array.from({ length: 12 }, () => run(url, files)));
    expect(applied.flat()).toEqual(['0001_step']);
  });

  it('applies what is new to a database that has the rest', async () => {
    const url = await postgres.freshUrl('empty');
    await run(url, filesOf(first));
    expect(await run(url, filesOf(first, 'alter table telemetry.thing add name text'))).toEqual([
      '0002_step',
    ]);
  });

  it('takes its time, whatever limits the database has for others', async () => {
    const url = await postgres.freshUrl('empty');
    const pool = postgres.pool(url);
    const limits = "from pg_settings where name in ('statement_timeout', 'transaction_timeout')";
    const [database] = await columnOf(pool, 'select quote_ident(current_database())');
    for (const name of await columnOf(pool, `select name ${limits}`))
      await pool.query(`alter database ${database} set ${name} = '30s'`);
    await run(url, filesOf(`create table telemetry.limits as select name, setting ${limits}`));
    expect(await columnOf(pool, 'select distinct setting from telemetry.limits')).toEqual(['0']);
  });

  it('B94: a failing statement fails it all, undone, and says which', async () => {
    const url = await postgres.freshUrl('empty');
    const files = filesOf(`${first}-- statement\nselect 1 / 0;`);
    await expect(run(url, files)).rejects.toMatchObject({
      code: 'database_schema',
      message:
        'cannot migrate the database: migration 0001_step, statement 3 of 3 (select 1 / 0;) failed: division by zero',
    });
    const pool = postgres.pool(url);
    expect(await columnOf(pool, "select to_regclass('telemetry.thing')::text")).toEqual([null]);
    expect(await migrationStatus(pool, files)).toMatchObject([{ name: '0001_step', state: 'pending' }]);
    expect(await run(url, filesOf(first))).toEqual(['0001_step']);
  });

  it('B94: refuses a table that somebody made before, with another key', async () => {
    const url = await postgres.freshUrl('empty');
    await postgres
      .pool(url)
      .query('create schema telemetry; create table telemetry.container (id serial primary key)');
    await expect(run(url)).rejects.toThrow(/relation "container" already exists/);
  });

  it('B15: runs what must not be in a transaction outside of one', async () => {
    const url = await postgres.freshUrl('empty');
    const outside =
      '-- migrate: no-transaction\ncreate index concurrently if not exists thing_two on telemetry.thing (id);';
    await expect(run(url, filesOf(first, outside.replace(/^.*\n/, '')))).rejects.toThrow(/transaction block/);
    expect(await run(url, filesOf(first, outside))).toEqual(['0002_step']);
    expect(await run(url, filesOf(first, outside))).toEqual([]);
  });

  it('runs one without a transaction again when it was cut short', async () => {
    const url = await postgres.freshUrl('empty');
    const outside = filesOf(
      first,
      '-- migrate: no-transaction\ncreate table if not exists telemetry.two ();\n-- statement\ninsert into telemetry.gate values (1);',
    );
    await expect(run(url, outside)).rejects.toThrow(
      /0002_step, statement 2 of 2 .* "telemetry.gate" does not exist/,
    );
    const pool = postgres.pool(url);
    expect(await migrationStatus(pool, outside)).toMatchObject([
      { state: 'applied' },
      { state: 'unfinished' },
    ]);
    await pool.query('create table telemetry.gate (id integer)');
    expect(await run(url, outside)).toEqual(['0002_step']);
    expect(await migrationStatus(pool, outside)).toMatchObject([{ state: 'applied' }, { state: 'applied' }]);
  });

  it('takes one statement at a time', async () => {
    const url = await postgres.freshUrl('empty');
    await expect(run(url, filesOf('select 1; select 2;'))).rejects.toThrow(/multiple commands/);
  });

  it('refuses a database that is newer', async () => {
    const url = await postgres.freshUrl('empty');
    await run(url, filesOf(first, 'select 2'));
    await expect(run(url, filesOf(first))).rejects.toMatchObject({
      code: 'database_schema',
      message: expect.stringMatching(
        /database is newer .* has migration 0002_step, .* ends with 0001_step\. Install/,
      ),
    });
    expect(await migrationStatus(postgres.pool(url), filesOf(first))).toMatchObject([
      { name: '0001_step', state: 'applied' },
      { name: '0002_step', state: 'unknown' },
    ]);
  });

  it('refuses when a migration is not what was applied', async () => {
    const url = await postgres.freshUrl('empty');
    await run(url, filesOf(first));
    const other = filesOf(`${first}-- a comment`);
    await expect(run(url, other)).rejects.toMatchObject({
      code: 'database_schema',
      message: expect.stringMatching(/0001_step is not the one .* merged migrations never change/),
    });
    expect(await migrationStatus(postgres.pool(url), other)).toMatchObject([{ state: 'changed' }]);
  });

  it('finds what was changed by hand afterwards', async () => {
    const url = await postgres.freshUrl('migrated');
    await postgres.pool(url).query(`
      drop view if exists telemetry.container_5m, telemetry.server_5m, telemetry.fleet_5m cascade;
      alter table telemetry.container drop column pids, drop constraint container_pkey;
      alter table telemetry.server alter column up type text using up::text;
      drop table telemetry.fleet`);
    await expect(run(url)).rejects.toMatchObject({
      code: 'database_schema',
      message: expect.stringMatching(
        /column container.pids is missing, not bigint; table container has no unique key \(server_id, container_id, time\); column server.up is text, not bigint; column fleet.time is missing/,
      ),
    });
  });

  it('needs no more than to read a database that is migrated', async () => {
    const url = await postgres.freshUrl('migrated');
    const reader = await postgres.roleUrl(
      url,
      'grant usage on schema telemetry to',
      'grant select on telemetry.migration to',
    );
    expect(await run(reader)).toEqual([]);
  });

  it('tells a role that may not migrate what rights there are to give', async () => {
    const url = await postgres.roleUrl(await postgres.freshUrl('empty'));
    await expect(run(url)).rejects.toMatchObject({
      code: 'database_schema',
      message: expect.stringMatching(
        /permission denied for database .*to migrate, it must own the schema telemetry/,
      ),
    });
  });

  it('tells of a certificate that cannot be read by its setting', async () => {
    await expect(run('postgresql://user@127.0.0.1:1/db?sslrootcert=/nowhere.pem')).rejects.toMatchObject({
      code: 'setting_invalid',
      message: expect.stringMatching(/^TELEMETRY_DATABASE_URL cannot be used: ENOENT.*nowhere.pem/),
    });
  });

  it('says that the server is away, and nothing of the password', async () => {
    const away = run('postgresql://user:secret@127.0.0.1:1/db');
    await expect(away).rejects.toMatchObject({ code: 'database_unavailable' });
    await expect(away).rejects.toThrow(
      /cannot connect to postgresql:\/\/user:\*\*\*@127.0.0.1:1\/db: .*ECONNREFUSED/,
    );
  });

  it('gives up when told to', async () => {
    const url = await postgres.freshUrl('migrated');
    const holder = new Client({ connectionString: url });
    await holder.connect();
    await holder.query('begin; lock table telemetry.migration');
    const aborting = new AbortController();
    const migrating = migrate(url, { catalog, logger: silentLogger, signal: aborting.signal });
    const waiting =
      "select 1 from pg_stat_activity where application_name like '%migrate' and wait_event_type = 'Lock'";
    const pool = postgres.pool(url);
    while ((await columnOf(pool, waiting)).length === 0) await pool.query('select pg_sleep(0.01)');
    aborting.abort(new Error('enough'));
    await expect(migrating).rejects.toThrow('enough');
    await holder.end();
  });

  it.each(['empty', 'migrated'] as const)(
    'says in words that nobody may write, as on a standby: %s',
    async (kind) => {
      const url = await postgres.freshUrl(kind);
      const reading = `${url}&options=${encodeURIComponent('-c default_transaction_read_only=on')}`;
      await expect(run(reading)).rejects.toMatchObject({
        code: 'database_unavailable',
        message:
          'cannot migrate the database: nothing can be written: the address is that of a standby, or the server lets nobody write; give that of the primary server',
      });
    },
  );

  it('finds all there for a role that merely reads and stores, where nobody may write', async () => {
    const url = await postgres.roleUrl(await postgres.freshUrl('migrated'), 'grant telemetry_writer to');
    const reading = `${url}&options=${encodeURIComponent('-c default_transaction_read_only=on')}`;
    expect(await run(reading)).toEqual([]);
  });

  it('gives up when told to, though the server does not say a word', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    const connected = once(silent, 'connection');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const aborting = new AbortController();
    const options = { catalog, logger: silentLogger, signal: aborting.signal };
    const migrating = migrate(`postgresql://user@127.0.0.1:${port}/db`, options);
    await connected;
    aborting.abort(new Error('enough'));
    await expect(migrating).rejects.toThrow('enough');
    silent.close();
  });
});

describe('migrationStatus', () => {
  it('of an empty database: all pending', async () => {
    const status = await migrationStatus(postgres.pool(await postgres.freshUrl('empty')));
    expect(status.length).toBeGreaterThan(0);
    expect(new Set(status.map(({ state }) => state))).toEqual(new Set(['pending']));
  });

  it('of a migrated database: all applied, with the time', async () => {
    const status = await migrationStatus(postgres.pool(postgres.url));
    expect(status.map(({ state }) => state)).toEqual(status.map(() => 'applied'));
    expect(status[0]?.appliedAt).toBeInstanceOf(Date);
  });
});

describe('parseMigration', () => {
  it('splits statements at their separator and nowhere else', () => {
    const content =
      "create function f() returns int language sql as $$ select 1; $$;\n-- statement\n\n-- note\nselect '-- statement';\n";
    expect(parseMigration('0012_two_words.sql', content)).toMatchObject({
      id: 12,
      name: '0012_two_words',
      transactional: true,
      statements: [
        'create function f() returns int language sql as $$ select 1; $$;',
        "-- note\nselect '-- statement';",
      ],
    });
  });

  it('gives the same for line ends of another system', () => {
    const windows = first.replaceAll('\n', '\r\n');
    expect(parseMigration('0001_a.sql', windows)).toEqual(parseMigration('0001_a.sql', first));
  });

  it('knows the header', () => {
    expect(parseMigration('0001_a.sql', '-- migrate: no-transaction\nselect 1').transactional).toBe(false);
    expect(parseMigration('0001_a.sql', 'select 1\n-- migrate: no-transaction').transactional).toBe(true);
  });
});
