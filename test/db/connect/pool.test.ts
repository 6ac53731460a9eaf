import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createPool } from '../../../src/db/connect/pool.ts';
import { startEmbedded } from '../../../src/db/embedded/embedded.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { containerRow } from '../../support/sample-row.ts';
import { openStateDir } from '../../support/state-dir.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const signal = new AbortController().signal;

/** Resolves with the next warning of a logger. */
function nextWarning(): { readonly warned: Promise<unknown>; readonly logger: typeof silentLogger } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  return {
    warned: promise,
    logger: { ...silentLogger, warn: (message, fields) => resolve({ message, ...fields }) },
  };
}

async function backendOf(pool: ReturnType<typeof createPool>): Promise<number> {
  const { rows } = await pool.query('select pg_backend_pid() as pid');
  return rows[0].pid;
}

describe('B20: a server that ends connections', () => {
  let url: string;
  beforeEach(async () => {
    url = await postgres.freshUrl('migrated');
  });
  const terminate = (pid: number) =>
    postgres.pool(postgres.url).query('select pg_terminate_backend($1)', [pid]);

  it('an idle one: a line in the log, and the next write succeeds', async () => {
    const { warned, logger } = nextWarning();
    const pool = postgres.pool(url, { logger });
    await terminate(await backendOf(pool));
    expect(await warned).toMatchObject({ message: 'lost an idle database connection' });
    expect(await createRowStore(pool, { catalog }).store([containerRow('a')], signal)).toMatchObject({
      kind: 'stored',
      inserted: 1,
    });
  });

  it('one in a transaction that waits for us: the transaction fails, and the process lives', async () => {
    const pool = postgres.pool(url);
    const client = await pool.connect();
    await client.query('begin');
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const ended = new Promise((resolve) => client.once('end', resolve));
    await terminate(rows[0].pid);
    await ended;
    await expect(client.query('select 1')).rejects.toThrow();
    client.release(true);
    expect(await backendOf(pool)).not.toBe(rows[0].pid);
  });
});

describe('B20: a server that restarts', () => {
  it('costs what was under way, and then works on', async () => {
    const stateDir = await openStateDir();
    const options = { stateDir, logger: silentLogger, signal };
    const first = await startEmbedded(options);
    const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
    const pool = createPool(first.url, { logger: silentLogger, ...patience });
    await pool.query('create table kept (id integer)');
    const sleeping = pool.query('select pg_sleep(60)');
    const failed = expect(sleeping).rejects.toThrow(/terminat/);
    const running = "select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(60)'";
    while ((await pool.query(running)).rowCount === 0) await pool.query('select pg_sleep(0.01)');
    await first.stop();
    await failed;
    await expect(pool.query('select 1')).rejects.toThrow();
    const second = await startEmbedded(options);
    expect(second.url).toBe(first.url);
    expect((await pool.query('insert into kept values (1) returning id')).rows).toEqual([{ id: 1 }]);
    await pool.end();
    await second.stop();
    await rm(stateDir, { recursive: true });
  });
});

describe('createPool', () => {
  it('refuses what is no address, without showing it', () => {
    expect(() => createPool('mysql://u:secret@h/d', { logger: silentLogger })).toThrow(
      /no PostgreSQL address/,
    );
  });

  it('ends a statement that takes too long', async () => {
    const pool = postgres.pool(postgres.url, { statementTimeoutMs: 50 });
    // The server ends it; where its answer is a second late, we have.
    await expect(pool.query('select pg_sleep(60)')).rejects.toThrow(/statement timeout|read timeout/);
  });

  it('limits how long a statement takes, a lock is waited for and a transaction is idle', async () => {
    const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    const pool = createPool(postgres.url, { logger: silentLogger, connectTimeoutMs: 60_000 });
    const { rows } = await pool.query({
      text: `select ${names.map((name) => `current_setting('${name}')`).join(', ')}`,
      rowMode: 'array',
    });
    await pool.end();
    expect(rows).toEqual([['5s', '2500ms', '20s']]);
  });

  it('opens no more connections than it may', async () => {
    const pool = postgres.pool(postgres.url, { size: 2 });
    const pids = await Promise.all(Array.from({ length: 6 }, () => backendOf(pool)));
    expect(new Set(pids).size).toBeLessThanOrEqual(2);
  });

  it('connects through a unix socket in every way that an address can name one', async () => {
    const { searchParams } = new URL(postgres.url.replace('@/', '@none/'));
    const folder = searchParams.get('host') ?? '';
    const addresses = [
      `postgresql://telemetry@/postgres?host=${folder}`,
      `postgresql://telemetry@${encodeURIComponent(folder)}/postgres`,
      `postgres:///postgres?host=${folder}&user=telemetry`,
    ];
    const pids = await Promise.all(addresses.map((address) => backendOf(postgres.pool(address))));
    expect(pids.every((pid) => pid > 0)).toBe(true);
  });
});
