import { createServer } from 'node:net';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { containerRow } from '../../support/sample-row.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const never = new AbortController().signal;
const rows = [containerRow('a')];
const away = (message: RegExp) => ({ kind: 'unavailable', message: expect.stringMatching(message) });

describe('a store that cannot store says so and loses nothing', () => {
  it('without tables', async () => {
    const store = createRowStore(postgres.pool(await postgres.freshUrl('empty')), { catalog });
    expect(await store.store(rows, never)).toEqual(away(/not migrated; run "ciris-telemetry migrate"/));
  });

  it('without a server', async () => {
    const pool = postgres.pool('postgresql://nobody@127.0.0.1:1/none');
    expect(await createRowStore(pool, { catalog }).store(rows, never)).toEqual(away(/ECONNREFUSED/));
  });

  it('without a socket', async () => {
    const pool = postgres.pool('postgresql://nobody@/none?host=/nowhere');
    expect(await createRowStore(pool, { catalog }).store(rows, never)).toEqual(away(/ENOENT/));
  });

  it('without an answer from the server', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const pool = postgres.pool(`postgresql://nobody@127.0.0.1:${port}/none`, { connectTimeoutMs: 100 });
    expect(await createRowStore(pool, { catalog }).store(rows, never)).toEqual(away(/timeout/));
    silent.close();
  });

  it('without permission', async () => {
    const url = await postgres.freshUrl('migrated');
    const pool = postgres.pool(await postgres.roleUrl(url, 'grant usage on schema telemetry to'));
    expect(await createRowStore(pool, { catalog }).store(rows, never)).toEqual(
      away(/permission denied .* \(42501\)/),
    );
  });

  it('without the password that the server wants', async () => {
    const admin = postgres.pool(postgres.url);
    const url = await postgres.roleUrl(await postgres.freshUrl('migrated'));
    const role = decodeURIComponent(new URL(url.replace('@/', '@none/')).username);
    const [{ hba_file: file }] = (await admin.query('show hba_file')).rows;
    await admin.query(
      `copy (values ('local all ${role} scram-sha-256'), ('local all all trust')) to '${file}'`,
    );
    await admin.query('select pg_reload_conf()');
    const store = createRowStore(postgres.pool(url), { catalog });
    await eventually('the server wants a password', async () => {
      const outcome = await store.store(rows, never);
      return outcome.kind === 'unavailable' && outcome.message.includes('password') ? true : undefined;
    });
    expect(await store.store(rows, never)).toEqual(away(/password/));
  });

  it('behind a lock: before the statement timeout', async () => {
    const url = await postgres.freshUrl('migrated');
    const holder = await postgres.pool(url).connect();
    await holder.query('begin; lock table telemetry.container');
    const pool = postgres.pool(url, { statementTimeoutMs: 3000 });
    const store = createRowStore(pool, { catalog });
    expect(await store.store(rows, never)).toEqual(away(/lock timeout \(55P03\)/));
    await holder.query('rollback');
    holder.release();
    expect(await store.store(rows, never)).toMatchObject({ kind: 'stored', inserted: 1 });
  });

  it('behind a lock: within its own deadline, and then works on', async () => {
    const url = await postgres.freshUrl('migrated');
    const holder = await postgres.pool(url).connect();
    await holder.query('begin; lock table telemetry.container');
    const pool = postgres.pool(url);
    const store = createRowStore(pool, { catalog, deadlineMs: 100 });
    expect(await store.store(rows, never)).toEqual(away(/did not answer in time/));
    await holder.query('rollback');
    holder.release();
    expect(await createRowStore(pool, { catalog }).store(rows, never)).toMatchObject({ kind: 'stored' });
  });

  it('when it is told to give up', async () => {
    const store = createRowStore(postgres.pool(await postgres.freshUrl('migrated')), { catalog });
    expect(await store.store(rows, AbortSignal.abort())).toMatchObject({ kind: 'unavailable' });
  });

  it('B101: when all connections are taken', async () => {
    const url = await postgres.freshUrl('migrated');
    const pool = postgres.pool(url, { size: 1, connectTimeoutMs: 50 });
    // On a busy machine, the only connection may take longer than that to come about.
    const taken = await eventually('the connection is there', () => pool.connect());
    const store = createRowStore(pool, { catalog });
    expect(await store.store(rows, never)).toEqual(away(/timeout exceeded when trying to connect/));
    taken.release();
    expect(await store.store(rows, never)).toMatchObject({ kind: 'stored', inserted: 1 });
  });
});

describe('B104: by what the server says', () => {
  let pool: Pool;
  beforeAll(() => {
    pool = postgres.pool(postgres.url);
  });
  afterEach(() =>
    pool.query(
      'drop function telemetry.refuse cascade; drop sequence telemetry.attempts; truncate telemetry.container',
    ),
  );

  /** Makes the next `times` inserts fail. The count is kept in a sequence, which no rollback takes back. */
  async function failing(state: string, times: number): Promise<ReturnType<typeof createRowStore>> {
    await pool.query(`
      create sequence telemetry.attempts;
      create function telemetry.refuse() returns trigger language plpgsql as $$
        begin
          if nextval('telemetry.attempts') <= ${times} then raise exception 'made to fail' using errcode = '${state}'; end if;
          return new;
        end $$;
      create trigger refuse before insert on telemetry.container for each row execute function telemetry.refuse()`);
    return createRowStore(pool, { catalog });
  }

  it.each(['40P01', '40001'])('%s is tried again three times', async (state) => {
    const store = await failing(state, 3);
    expect(await store.store(rows, never)).toMatchObject({ kind: 'stored', inserted: 1 });
  });

  it.each(['40P01', '40001'])('%s for a fourth time is left to the sender', async (state) => {
    const store = await failing(state, 4);
    expect(await store.store(rows, never)).toEqual(away(new RegExp(`made to fail \\(${state}\\)`)));
    expect(await store.store(rows, never)).toMatchObject({ kind: 'stored', inserted: 1 });
  });

  it.each(['53300', '53100', '57P03', '55P03', '08006', '25006'])(
    '%s is left to the sender',
    async (state) => {
      const store = await failing(state, 1);
      expect(await store.store(rows, never)).toEqual(away(new RegExp(`made to fail \\(${state}\\)`)));
      expect(await store.store(rows, never)).toMatchObject({ kind: 'stored', inserted: 1 });
    },
  );

  it.each(['22003', '23514', '54000'])('%s refuses the row', async (state) => {
    const store = await failing(state, 1000);
    const refused = [{ row: rows[0], reason: `made to fail (${state})` }];
    expect(await store.store(rows, never)).toEqual({
      kind: 'stored',
      inserted: 0,
      completed: 0,
      duplicates: 0,
      refused,
    });
  });
});

describe('B101: a pool whose queries fail', () => {
  it('has all its connections back in the end', async () => {
    // They all wait for four connections, of which every third query costs one.
    const patient = { size: 4, connectTimeoutMs: 60_000 };
    const pool = postgres.pool(await postgres.freshUrl('migrated'), patient);
    const store = createRowStore(pool, { catalog });
    const broken = createRowStore(pool, { catalog: { entities: [] } });
    const attempts = Array.from({ length: 300 }, async (_, i) => {
      if (i % 3 === 0) await expect(pool.query('select 1 / 0')).rejects.toThrow('division by zero');
      else await (i % 3 === 1 ? store : broken).store([containerRow(`c${i}`)], never);
    });
    await Promise.all(attempts);
    expect(pool.idleCount).toBe(pool.totalCount);
    expect(pool.waitingCount).toBe(0);
  });
});
