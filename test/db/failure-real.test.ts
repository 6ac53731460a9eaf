import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classifyFailure } from '../../src/db/failure.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let url: string;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(async () => {
  url = await postgres.freshUrl('migrated');
  pool = postgres.pool(url);
});
afterAll(() => postgres.stop());

/** What the server says of a statement that fails, and what we make of it. */
async function failureOf(attempt: Promise<unknown>) {
  const thrown = await attempt.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return {
    code: thrown instanceof Error && 'code' in thrown ? thrown.code : undefined,
    kind: classifyFailure(thrown),
  };
}

describe('B104: what a server says', () => {
  it('that only reads, as a standby does', async () => {
    await pool.query(
      "do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$",
    );
    const reading = postgres.pool(url);
    const failure = await failureOf(
      reading.query('insert into telemetry.server (time, server_id) values (now(), $1)', ['a']),
    );
    expect(failure).toEqual({ code: '25006', kind: 'temporary' });
  });

  it('that has no partition for a row yet, which is no fault of the row', async () => {
    await pool.query(
      "create table public.day (time timestamptz, check (time > timestamptz 'epoch')) partition by range (time)",
    );
    const insert = "insert into public.day values ('2026-03-01T12:00:00Z')";
    expect(await failureOf(pool.query(insert))).toEqual({ code: '23514', kind: 'temporary' });
    await pool.query('create table public.day_default partition of public.day default');
    await pool.query(insert);
    const impossible = pool.query("insert into public.day values ('1969-01-01')");
    expect(await failureOf(impossible)).toEqual({ code: '23514', kind: 'row' });
  });

  it('that has no connection left', async () => {
    const role = await postgres.roleUrl(url, 'grant telemetry to');
    const name = new URL(role.replace('@/', '@none/')).username;
    await pool.query(`alter role ${name} connection limit 0`);
    expect(await failureOf(postgres.pool(role).query('select 1'))).toEqual({
      code: '53300',
      kind: 'temporary',
    });
  });

  it('that an administrator ends', async () => {
    const client = await pool.connect();
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const sleeping = failureOf(client.query('select pg_sleep(60)'));
    await pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
    expect(await sleeping).toEqual({ code: '57P01', kind: 'temporary' });
    client.release(true);
  });

  it('of a lock that another holds', async () => {
    const holder = new Client({ connectionString: url });
    await holder.connect();
    await holder.query('begin; lock table telemetry.server');
    const hasty = postgres.pool(url, { statementTimeoutMs: 4000 });
    expect(await failureOf(hasty.query('select 1 from telemetry.server'))).toEqual({
      code: '55P03',
      kind: 'temporary',
    });
    await holder.end();
  });

  it('of a database in use', async () => {
    await pool.query('select 1');
    const name = new URL(url.replace('@/', '@none/')).pathname.slice(1);
    // The server waits for five seconds for the others to leave.
    const other = postgres.pool(postgres.url, { statementTimeoutMs: 60_000 });
    expect(await failureOf(other.query(`alter database ${name} rename to other`))).toEqual({
      code: '55006',
      kind: 'temporary',
    });
  });

  it('of a transaction that was idle for too long', async () => {
    const client = await pool.connect();
    const lost = new Promise<unknown>((resolve) => client.once('error', resolve));
    await client.query("set idle_in_transaction_session_timeout = '10ms'; begin");
    expect(await lost).toMatchObject({ code: '25P03' });
    expect(classifyFailure(await lost)).toBe('temporary');
    client.release(true);
  });

  it('of a limit that one statement met', async () => {
    const large =
      'select count(*) from (select g from generate_series(1, 200000) as g order by md5(g::text)) as sorted';
    const client = await pool.connect();
    await client.query("set temp_file_limit = 0; set work_mem = '64kB'");
    expect(await failureOf(client.query(large))).toEqual({ code: '53400', kind: 'row' });
    client.release(true);
  });

  it('of a value that no index holds', async () => {
    await pool.query('create table public.wide (name text primary key)');
    const wide =
      "insert into public.wide select string_agg(md5(g::text), '') from generate_series(1, 9999) as g";
    expect(await failureOf(pool.query(wide))).toEqual({ code: '54000', kind: 'row' });
  });

  it('of a plan that a migration made void', async () => {
    const client = await pool.connect();
    const planned = { name: 'planned', text: 'select * from telemetry.fleet' };
    await client.query(planned);
    await pool.query('alter table telemetry.fleet add column later text');
    expect(await failureOf(client.query(planned))).toEqual({ code: '0A000', kind: 'temporary' });
    client.release();
  });

  it('of a value that a column does not hold', async () => {
    const failure = failureOf(pool.query("select '99999999999999999999'::bigint"));
    expect(await failure).toEqual({ code: '22003', kind: 'row' });
  });

  it('of a database that is not there, and of a role that is not', async () => {
    const missing = url.replace(/\/test_[0-9a-f]*/, '/test_none');
    expect(await failureOf(postgres.pool(missing).query('select 1'))).toEqual({
      code: '3D000',
      kind: 'permanent',
    });
    const unknown = url.replace('//telemetry@', '//nobody_at_all@');
    expect(await failureOf(postgres.pool(unknown).query('select 1'))).toEqual({
      code: '28000',
      kind: 'permanent',
    });
  });
});
