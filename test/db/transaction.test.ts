import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/db/transaction.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url, { size: 1 });
  await pool.query('create table public.thing (id integer primary key)');
});
afterAll(() => postgres.stop());

const signal = new AbortController().signal;

async function backend(): Promise<number> {
  return (await pool.query('select pg_backend_pid() as pid')).rows[0].pid;
}

async function things(): Promise<readonly number[]> {
  return (await pool.query('select id from public.thing order by id')).rows.map(({ id }) => id);
}

describe('inTransaction', () => {
  it('keeps nothing of what failed, and the connection', async () => {
    const before = await backend();
    const failing = inTransaction(pool, signal, async (client) => {
      await client.query('insert into public.thing values (1)');
      await client.query('insert into public.thing values (1)');
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await things()).toEqual([]);
    expect(await backend()).toBe(before);
  });

  it('keeps nothing of what failed in our own code', async () => {
    const failing = inTransaction(pool, signal, async (client) => {
      await client.query('insert into public.thing values (1)');
      throw new Error('ours');
    });
    await expect(failing).rejects.toThrow('ours');
    expect(await things()).toEqual([]);
  });

  it('tells of the failure and not of the rollback where the connection is gone', async () => {
    const failing = inTransaction(pool, signal, async (client) => {
      await client.query('insert into public.thing values (1)');
      await client.query('select pg_terminate_backend(pg_backend_pid())');
    });
    await expect(failing).rejects.toMatchObject({ code: '57P01' });
    expect(await things()).toEqual([]);
  });

  it('leaves a server that writes no more, where the next connection may find another', async () => {
    const before = await backend();
    await pool.query('set default_transaction_read_only = on');
    const insert = () =>
      inTransaction(pool, signal, (client) => client.query('insert into public.thing values (3)'));
    await expect(insert()).rejects.toMatchObject({ code: '25006' });
    expect(await backend()).not.toBe(before);
    await insert();
    await pool.query('delete from public.thing');
  });

  it('ends what is under way when told to, and what it has done', async () => {
    const aborting = new AbortController();
    const aborted = inTransaction(pool, aborting.signal, async (client) => {
      await client.query('insert into public.thing values (1)');
      aborting.abort(new Error('enough'));
      await client.query('select pg_sleep(60)');
    });
    await expect(aborted).rejects.toThrow('enough');
    expect(await things()).toEqual([]);
  });

  it.each([
    ['off', 'on'],
    ['local', 'local'],
    ['remote_apply', 'remote_apply'],
  ])(
    'is on disk before it is answered: where commits are %s by default, they are %s',
    async (usual, wanted) => {
      await pool.query(`set synchronous_commit = ${usual}`);
      const setting = await inTransaction(pool, signal, async (client) => {
        const { rows } = await client.query("select current_setting('synchronous_commit') as setting");
        return rows;
      });
      expect(setting).toEqual([{ setting: wanted }]);
      await pool.query('reset synchronous_commit');
    },
  );

  it('is not done where the server rolled it back without another word', async () => {
    const deaf = inTransaction(pool, signal, async (client) => {
      await client.query('insert into public.thing values (4)');
      await client.query('select 1 / 0').catch(() => {});
    });
    await expect(deaf).rejects.toThrow('rolled the transaction back');
    expect(await things()).toEqual([]);
  });

  it('keeps what went well', async () => {
    expect(
      await inTransaction(pool, signal, (client) => client.query('insert into public.thing values (2)')),
    ).toMatchObject({ rowCount: 1 });
    expect(await things()).toEqual([2]);
  });
});
