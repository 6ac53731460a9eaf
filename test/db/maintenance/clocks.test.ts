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
    expect(logger.lines).toHaveLength(4);
  });

  it('move no rollup back, nor beyond the earlier of both', async () => {
    const { rows } =
      await pool.query(`select max(until) <= now() - interval '5 minutes' as past, max(until) > now() - interval '11 minutes' as near
      from telemetry.rollup_state where resolution = '5m'`);
    expect(rows).toEqual([{ past: true, near: true }]);
  });
});
