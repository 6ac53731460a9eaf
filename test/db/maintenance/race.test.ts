import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { noteLateRows } from '../../../src/db/rows/late-rows.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { minuteMs } from '../../../src/runtime/duration.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import {
  agedRow,
  count,
  lead,
  maintain,
  never,
  reckoned,
  shown,
  smallCatalog,
  store,
  type Watched,
} from './support.ts';

let postgres: TestPostgres;
let url: string;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.freshUrl('migrated');
  pool = postgres.pool(url, { size: 4 });
});

async function expectExact(): Promise<void> {
  for (const rollup of ['container_5m', 'container_1h', 'container_3h']) {
    expect(await shown(pool, rollup)).toEqual(await reckoned(pool, rollup));
  }
}

/** A storing transaction, each of its steps when the test wants it. */
async function storing(age: number): Promise<{
  insert(): Promise<void>;
  note(): Promise<void>;
  commit(): Promise<void>;
}> {
  const client: PoolClient = await pool.connect();
  await client.query('begin');
  const { time } = agedRow('late', age);
  return {
    insert: async () => {
      await client.query(
        `insert into telemetry.container (server_id, container_id, time, start_time, cpu_time_user, pids)
         values ('main', 'late', to_timestamp($1::float8 / 1e6), to_timestamp(0), 5, 7)`,
        [time],
      );
    },
    note: () => noteLateRows(client, [{ relation: 'container', times: [time] }]),
    commit: async () => {
      await client.query('commit');
      client.release();
    },
  };
}

async function samplesOf(id: string, table: string): Promise<number> {
  const { rows } = await pool.query(
    `select coalesce(sum(samples), 0)::int as samples from telemetry_data.${table} where container_id = $1`,
    [id],
  );
  return rows[0].samples;
}

/** Resolves once a statement like this waits for a lock. */
async function waits(statement: string): Promise<void> {
  for (;;) {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query ilike $1`,
      [`%${statement}%`],
    );
    if (rowCount === 1) return;
  }
}

describe('a storing transaction that is open while the rollups advance', () => {
  it('is told to the next round when it had not yet looked', async () => {
    let behindMs = 50 * minuteMs;
    const clock = { ...systemClock, now: () => systemClock.now() - behindMs };
    await using watched = maintain(postgres, url, clock);
    await watched.maintenance.runRound(never);
    const transaction = await storing(20 * minuteMs);
    await transaction.insert();
    behindMs = 0;
    await watched.maintenance.runRound(never);
    expect(watched.logger.lines).toEqual(['info this process maintains the database']);
    expect(await samplesOf('late', 'container_5m')).toBe(0);
    await transaction.note();
    await transaction.commit();
    expect(await count(pool, 'telemetry.late_bucket')).toBe(1);
    await watched.maintenance.runRound(never);
    expect(await samplesOf('late', 'container_5m')).toBe(1);
    await expectExact();
  });

  it('is waited for when it has, and the rollups advance in the next round', async () => {
    await using watched = maintain(postgres, url);
    const transaction = await storing(90 * minuteMs);
    await transaction.insert();
    await transaction.note();
    expect(await watched.maintenance.runRound(never)).toBe('leader');
    expect(watched.logger.lines).toContain(
      'warn maintenance of the database: somebody has been storing rows for more than a second: rollups wait',
    );
    expect(await count(pool, 'telemetry.rollup_state')).toBe(0);
    await transaction.commit();
    await watched.maintenance.runRound(never);
    expect(await samplesOf('late', 'container_5m')).toBe(1);
    await expectExact();
  });

  it('keeps its bucket on the list when that is just being reckoned', async () => {
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    await store(pool, [agedRow('early', 90 * minuteMs)]);
    const transaction = await storing(90 * minuteMs);
    await transaction.insert();
    await transaction.note();
    const round = watched.maintenance.runRound(never);
    await waits('delete from telemetry.late_bucket');
    expect(await samplesOf('early', 'container_5m')).toBe(1);
    await transaction.commit();
    await round;
    expect(await samplesOf('late', 'container_5m')).toBe(0);
    expect(await count(pool, 'telemetry.late_bucket')).toBe(1);
    await watched.maintenance.runRound(never);
    expect(await samplesOf('late', 'container_5m')).toBe(1);
    expect(await count(pool, 'telemetry.late_bucket')).toBe(0);
    await expectExact();
  });

  it('loses nothing while eight of them store and rounds go on', async () => {
    await using watched = maintain(postgres, url);
    const wide = postgres.pool(url, { size: 8 });
    let open = 8;
    const storers = Array.from({ length: 8 }, async (_, storer) => {
      for (let i = 0; i < 15; i += 1) {
        const age = ((i * 37 + storer * 11) % 300) * minuteMs;
        await store(wide, [agedRow(`s${storer}`, age), agedRow(`s${(storer + 1) % 8}`, age + 1000)]);
      }
      open -= 1;
    });
    while (open > 0) await watched.maintenance.runRound(never);
    await Promise.all(storers);
    await watched.maintenance.runRound(never);
    expect(await count(pool, 'telemetry.container')).toBe(240);
    expect(await count(pool, 'telemetry.late_bucket')).toBe(0);
    await expectExact();
  });
});

async function backendOf({ maintenance }: Watched): Promise<number> {
  expect(maintenance.figures().leads).toBe(true);
  const { rows } = await pool.query(
    `select pid from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
  );
  expect(rows).toHaveLength(1);
  return rows[0].pid;
}

describe('two loops at once', () => {
  it('are one leader and one that waits, until the leader is killed', async () => {
    await using one = maintain(postgres, url);
    await using other = maintain(postgres, url);
    const roles = await Promise.all([one.maintenance.runRound(never), other.maintenance.runRound(never)]);
    expect([...roles].sort()).toEqual(['follower', 'leader']);
    const [leader, follower] = roles[0] === 'leader' ? [one, other] : [other, one];
    expect(await follower.maintenance.runRound(never)).toBe('follower');
    await pool.query('select pg_terminate_backend($1, 5000)', [await backendOf(leader)]);
    expect(await follower.maintenance.runRound(never)).toBe('leader');
    await expect(leader.maintenance.runRound(never)).rejects.toThrow();
    expect(await leader.maintenance.runRound(never)).toBe('follower');
    expect(leader.maintenance.figures().leads).toBe(false);
  });

  it('change places when the leader stops', async () => {
    await using one = maintain(postgres, url);
    await using other = maintain(postgres, url);
    expect(await one.maintenance.runRound(never)).toBe('leader');
    expect(await other.maintenance.runRound(never)).toBe('follower');
    await one.maintenance.stop();
    await lead(other);
    expect(other.maintenance.figures().leads).toBe(true);
  });

  it('give up what is under way when told to', async () => {
    await using watched = maintain(postgres, url);
    const blocker = await pool.connect();
    await blocker.query('begin; lock table telemetry.policy in access exclusive mode');
    const controller = new AbortController();
    const round = watched.maintenance.runRound(controller.signal);
    await waits('from telemetry.policy');
    controller.abort(new Error('told to'));
    await expect(round).rejects.toThrow('told to');
    expect(watched.maintenance.figures().leads).toBe(false);
    await blocker.query('rollback');
    blocker.release();
  });
});

describe('a role that owns nothing', () => {
  it('says once what to do, and leaves the lead to the owner', async () => {
    const guest = await postgres.roleUrl(url, 'grant telemetry_writer to');
    await using watched = maintain(postgres, guest);
    expect(await watched.maintenance.runRound(never)).toBe('no_owner');
    expect(await watched.maintenance.runRound(never)).toBe('no_owner');
    expect(watched.logger.lines).toEqual([
      expect.stringMatching(
        /^warn maintenance of the database: this role does not own the tables.*--maintenance-database-url/,
      ),
    ]);
    await using owner = maintain(postgres, url);
    expect(await owner.maintenance.runRound(never)).toBe('leader');
  });

  it('keeps no owner from the lead by a table of its own beside ours', async () => {
    const empty = await postgres.freshUrl('empty');
    const owner = await postgres.roleUrl(empty);
    const { username, pathname } = new URL(owner.replace('@/', '@none/'));
    await postgres.pool(empty).query(`grant create on database ${pathname.slice(1)} to ${username}`);
    await migrate(owner, { catalog: smallCatalog, logger: silentLogger, signal: never });
    await postgres.pool(empty).query('create table telemetry.notes (note text)');
    await using watched = maintain(postgres, owner);
    expect(await watched.maintenance.runRound(never)).toBe('leader');
    expect(watched.maintenance.figures()).toMatchObject({ rounds: 1, failures: 0 });
  });
});
