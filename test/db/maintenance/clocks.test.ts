import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, hourMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { agedRow, count, maintain, never, smallCatalog, store } from './support.ts';

let postgres: TestPostgres;
let url: string;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
  ({ url } = postgres);
  pool = postgres.pool(url, { size: 2 });
});
afterAll(() => postgres.stop());

describe('clocks that disagree', () => {
  it('drop nothing, and say so, until they agree', async () => {
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    await using watched = maintain(postgres, url, clock);
    const { maintenance, logger } = watched;
    await store(pool, [agedRow('a', 3 * dayMs), agedRow('a', 20 * dayMs)]);
    for (aheadMs of [40 * dayMs, -40 * dayMs, 2 * hourMs]) await maintenance.runRound(never);
    expect(await count(pool, 'telemetry.container')).toBe(2);
    expect(logger.lines.slice(1)).toEqual(
      ['960 h ahead of', '960 h behind', '2 h ahead of'].map(
        (what) =>
          `warn maintenance of the database: our clock is ${what} that of the database: nothing is dropped until both are right`,
      ),
    );
    aheadMs = 0.9 * hourMs;
    await maintenance.runRound(never);
    expect(await count(pool, 'telemetry.container')).toBe(1);
    expect(logger.lines.slice(4)).toEqual(['info dropped what is older than it is kept']);
  });

  it('move no rollup back, nor beyond the earlier of both', async () => {
    const { rows } =
      await pool.query(`select max(until) <= now() - interval '5 minutes' as past, max(until) > now() - interval '11 minutes' as near
      from telemetry.rollup_state where resolution = '5m'`);
    expect(rows).toEqual([{ past: true, near: true }]);
  });
});

describe('a clock that leaps', () => {
  it('drops nothing and stores no rollup before it has stood for an hour, nor once it is put right', async () => {
    const leaping = await postgres.freshUrl('migrated');
    const rows = postgres.pool(leaping, { size: 2 });
    let passedMs = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + passedMs };
    await using watched = maintain(postgres, leaping, clock);
    const { maintenance, logger } = watched;
    await maintenance.runRound(never);
    await store(rows, [agedRow('a', 20 * dayMs), agedRow('a', hourMs)]);
    const nobodySince = (days: number) =>
      rows.query(`update telemetry.rollup_state set until = until - $1 * interval '1 day', filled = null`, [
        days,
      ]);
    const young = async () =>
      (
        await rows.query(
          `select bool_and(until > now() - interval '7 hours') as young from telemetry.rollup_state`,
        )
      ).rows[0].young;

    await nobodySince(9);
    for (passedMs of [0, 0.9 * hourMs]) await maintenance.runRound(never);
    expect(await count(rows, 'telemetry.container')).toBe(2);
    expect(await young()).toBe(false);
    expect(logger.lines.slice(1)).toEqual([expect.stringContaining('it is 9 days since the last round')]);

    await nobodySince(-9);
    await maintenance.runRound(never);
    await nobodySince(9);
    passedMs = 1.5 * hourMs;
    await rows.query(`update telemetry.policy set keep_raw = '300 days', keep_5m = '300 days'`);
    await maintenance.runRound(never);
    expect(await young()).toBe(false);
    passedMs = 2.6 * hourMs;
    await maintenance.runRound(never);
    expect(await young()).toBe(true);
  });
});
