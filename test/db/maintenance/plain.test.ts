import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { agedRow, count, maintain, never, reckoned, shown, smallCatalog, store } from './support.ts';

let postgres: TestPostgres;
let url: string;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.freshUrl('migrated');
  pool = postgres.pool(url, { size: 3 });
});

async function expectExact(): Promise<void> {
  for (const rollup of ['container_5m', 'container_1h', 'container_3h']) {
    expect(await shown(pool, rollup)).toEqual(await reckoned(pool, rollup));
  }
}

describe('a round on PostgreSQL', () => {
  it('stores the rollups of what there is, and shows the rest as exactly', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => agedRow(`c${i % 3}`, i * 17 * minuteMs));
    await store(pool, rows);
    await using watched = maintain(postgres, url);
    const { maintenance, logger } = watched;
    expect(await maintenance.runRound(never)).toBe('leader');
    expect(logger.lines).toEqual(['info this process maintains the database']);
    await expectExact();
    expect(await count(pool, 'telemetry_data.container_5m')).toBeGreaterThan(190);
    expect(await count(pool, 'telemetry_data.container_1h')).toBeGreaterThan(100);
    expect(await count(pool, 'telemetry_data.container_3h')).toBeGreaterThan(40);
    expect(maintenance.figures()).toMatchObject({ leads: true, rounds: 1, failures: 0, lateBuckets: 0 });
    expect(maintenance.figures().lagSeconds).toBeLessThan(660);
  });

  it('says how far behind a rollup is that cannot be filled', async () => {
    await store(pool, [agedRow('a', 5 * hourMs), agedRow('a', hourMs)]);
    await using watched = maintain(postgres, url);
    const { maintenance } = watched;
    await maintenance.runRound(never);
    await pool.query(
      `create function refuse() returns trigger language plpgsql as 'begin raise division_by_zero; end'`,
    );
    await pool.query(
      'create trigger refuse before insert on telemetry_data.container_5m for each row execute function refuse()',
    );
    await pool.query("update telemetry.rollup_state set filled = filled - interval '3 hours'");
    await maintenance.runRound(never);
    expect(maintenance.figures()).toMatchObject({ rounds: 2, failures: 1 });
    expect(maintenance.figures().lagSeconds).toBeGreaterThan(3 * 3600);
  });

  it('B23: brings rows that come late into the rollup with the next round', async () => {
    await store(pool, [agedRow('a', 5 * hourMs), agedRow('a', minuteMs)]);
    await using watched = maintain(postgres, url);
    const { maintenance } = watched;
    await maintenance.runRound(never);
    const late = Array.from({ length: 36 }, (_, i) => agedRow('a', 3 * hourMs - i * 5 * minuteMs + 1));
    await store(pool, late);
    expect(await count(pool, 'telemetry.late_bucket')).toBeGreaterThan(30);
    await maintenance.runRound(never);
    await expectExact();
    expect(await count(pool, 'telemetry.late_bucket')).toBe(0);
    expect(maintenance.figures().lateBuckets).toBeGreaterThan(30);
    await store(pool, late);
    expect(await count(pool, 'telemetry.late_bucket')).toBe(0);
  });

  it('makes the partitions that rows will need', async () => {
    await using watched = maintain(postgres, url);
    const { maintenance } = watched;
    await maintenance.runRound(never);
    await store(pool, [agedRow('a', 5 * dayMs), agedRow('a', 0), agedRow('a', -13 * dayMs)]);
    expect(await count(pool, 'telemetry_data.container_default')).toBe(0);
    expect(await count(pool, 'telemetry.container')).toBe(3);
  });

  it('empties the default partition into real ones', async () => {
    await store(pool, [
      agedRow('a', 6 * dayMs),
      agedRow('b', 3 * dayMs),
      agedRow('a', -30 * dayMs),
      agedRow('b', 0),
    ]);
    expect(await count(pool, 'telemetry_data.container_default')).toBeGreaterThan(0);
    const before = await pool.query('select * from telemetry.container order by container_id, time');
    await using watched = maintain(postgres, url);
    const { maintenance } = watched;
    await maintenance.runRound(never);
    expect(await count(pool, 'telemetry_data.container_default')).toBe(0);
    const after = await pool.query('select * from telemetry.container order by container_id, time');
    expect(after.rows).toEqual(before.rows);
    await expectExact();
  });

  it('drops what is older than promised, and nothing that is younger', async () => {
    const ages = [6.9, 7.1, 8.1, 9, 20].map((days) => days * dayMs);
    await store(
      pool,
      ages.map((age) => agedRow('a', age)),
    );
    await using watched = maintain(postgres, url);
    const { maintenance } = watched;
    await maintenance.runRound(never);
    const { rows } = await pool.query(
      `select floor(extract(epoch from now() - time) / 86400)::int as days from telemetry.container order by 1`,
    );
    const days = rows.map((row: { days: number }) => row.days);
    expect(watched.logger.lines).toContain('info dropped what is older than it is kept');
    expect(days).toContain(6);
    expect(days).not.toContain(9);
    expect(days).not.toContain(20);
    expect(await count(pool, 'telemetry.container_5m')).toBe(5);
    expect(await count(pool, 'telemetry.container_1h')).toBe(5);
    expect(await count(pool, 'telemetry.container_3h')).toBe(5);
    expect(maintenance.figures().droppedPieces).toBeGreaterThanOrEqual(2);
  });

  it('drops what is old beside a partition that something of somebody depends on', async () => {
    await store(
      pool,
      [6.5, 5.5, 4.5, 1].map((days) => agedRow('a', days * dayMs)),
    );
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    const { rows } = await pool.query(
      'select tableoid::regclass::text as name from telemetry.container order by time',
    );
    expect(rows).toHaveLength(4);
    await pool.query(`create view public.archive as select * from ${rows[0]?.name}`);
    await pool.query(
      `update telemetry.policy set keep_raw = '3 days', late = '1 day', compress_after = '2 days' where relation = 'container'`,
    );
    await watched.maintenance.runRound(never);
    expect(watched.maintenance.figures()).toMatchObject({ rounds: 2, failures: 1 });
    expect(watched.logger.lines).toContainEqual(
      expect.stringMatching(/old rows of container: cannot drop .* because other objects depend on it/),
    );
    const left = await pool.query(
      'select tableoid::regclass::text as name from telemetry.container order by time',
    );
    expect(left.rows).toEqual([rows[0], rows[3]]);
  });

  it('makes a rollup that comes later of all that the finer one has, whatever rows are gone', async () => {
    await store(
      pool,
      [6.5, 9, 20].map((days) => agedRow('a', days * dayMs)),
    );
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    expect(await count(pool, 'telemetry.container')).toBe(1);
    await pool.query(
      `delete from telemetry_data.container_3h; delete from telemetry.rollup_state where resolution = '3h'`,
    );
    await watched.maintenance.runRound(never);
    expect(await count(pool, 'telemetry_data.container_3h')).toBe(3);
    expect(await shown(pool, 'container_3h')).toHaveLength(3);
  });
});
