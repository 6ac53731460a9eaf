import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import type { SeriesPoint } from '../../../src/db/generic/series-point.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { numberPoint, sampleSeries } from '../../support/sample-series.ts';
import { count, lead, maintain, never, smallCatalog } from './support.ts';

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

function pointOf(host: string, ageMs: number): SeriesPoint {
  return numberPoint(sampleSeries({ host }), { time: Math.round((systemClock.now() - ageMs) * 1000) });
}

async function age(days: number): Promise<void> {
  await pool.query("update telemetry.series set first_seen = now() - $1 * interval '1 day'", [days]);
}

/** As if what was removed had been so long ago that every writer knows. */
async function letPass(): Promise<void> {
  await pool.query("update telemetry_data.removed_series set removed = removed - interval '21 minutes'");
}

/** A clock whose monotonic side is moved by hand. */
function handClock(): Clock & { forward(ms: number): void } {
  let aheadMs = 0;
  return {
    now: systemClock.now,
    monotonic: () => systemClock.monotonic() + aheadMs,
    forward: (ms) => {
      aheadMs += ms;
    },
  };
}

async function hosts(from: string): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select attributes->>'host' as host from telemetry.${from} order by attributes->>'host'`,
  );
  return rows.map(({ host }: { host: string }) => host);
}

describe('series without points', () => {
  it('are removed once retention has dropped all their points, and those that have any stay', async () => {
    const store = createPointStore(pool);
    await store.store([pointOf('gone', 20 * dayMs), pointOf('left', 20 * dayMs), pointOf('left', 1)], never);
    await pool.query(
      `insert into telemetry.series select s.id + n, sha256(n::text::bytea), name, kind, unit, temporality, monotonic, description,
         resource, resource_schema_url, scope, jsonb_build_object('host', n::text) from telemetry.series s, unnest(array[1, 2, 3]) n
       where attributes->>'host' = 'gone'`,
    );
    await pool.query(
      `insert into telemetry.histogram_point (series_id, time, count, bounds, counts)
         select id, now() - interval '3 days', 1, '{}', '{}' from telemetry.series where attributes->>'host' = '1';
       insert into telemetry.exponential_histogram_point (series_id, time, count, zero_count, zero_threshold, scale,
           positive_offset, negative_offset, positive_counts, negative_counts)
         select id, now() - interval '3 days', 1, 1, 0, 0, 0, 0, '{}', '{}' from telemetry.series where attributes->>'host' = '2';
       insert into telemetry.summary_point (series_id, time, count, sum, quantiles, quantile_values)
         select id, now() + interval '90 days', 1, 1, '{}', '{}' from telemetry.series where attributes->>'host' = '3'`,
    );
    await age(8.1);
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    expect(await hosts('series')).toEqual(['1', '2', '3', 'left']);
    expect(await hosts('numbers')).toEqual(['left']);
    expect(watched.maintenance.figures()).toMatchObject({ removedSeries: 1, failures: 0 });
    await letPass();
    await watched.maintenance.runRound(never);
    expect(await count(pool, 'telemetry_data.removed_series')).toBe(0);
    expect(await hosts('series')).toEqual(['1', '2', '3', 'left']);
  });

  it('stay for a day more than any kind of points is kept', async () => {
    await createPointStore(pool).store([pointOf('new', 20 * dayMs)], never);
    await age(7.9);
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    expect(await hosts('series')).toEqual(['new']);
    await age(20);
    await pool.query("update telemetry.policy set keep_raw = '30 days' where relation = 'summary_point'");
    await using longer = maintain(postgres, url);
    await watched.maintenance.stop();
    await lead(longer);
    expect(longer.maintenance.figures()).toMatchObject({ leads: true, removedSeries: 0 });
    expect(await hosts('series')).toEqual(['new']);
  });

  it('are put back when a writer that knew them stores its only point right after the removal', async () => {
    const store = createPointStore(pool);
    await store.store([pointOf('weekly', 20 * dayMs)], never);
    await age(30);
    const before = await pool.query('select * from telemetry.series');
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    expect(await store.store([pointOf('weekly', 1)], never)).toMatchObject({ inserted: 1 });
    await watched.maintenance.runRound(never);
    expect(await hosts('numbers')).toEqual([]);
    await letPass();
    await watched.maintenance.runRound(never);
    expect(await hosts('numbers')).toEqual(['weekly']);
    expect((await pool.query('select * from telemetry.series')).rows).toEqual(before.rows);
    expect(await count(pool, 'telemetry_data.removed_series')).toBe(0);
  });

  it('are put back when a point was not yet committed at their removal', async () => {
    await createPointStore(pool).store([pointOf('slow', 20 * dayMs)], never);
    const clock = handClock();
    await using watched = maintain(postgres, url, clock);
    await watched.maintenance.runRound(never);
    await age(30);
    const writer = await pool.connect();
    await writer.query('begin');
    await writer.query(
      'insert into telemetry.number_point (series_id, time, value_int) select id, now(), 5 from telemetry.series',
    );
    clock.forward(7 * hourMs);
    await watched.maintenance.runRound(never);
    expect(watched.maintenance.figures().removedSeries).toBe(1);
    await writer.query('commit');
    writer.release();
    await letPass();
    await watched.maintenance.runRound(never);
    expect(await hosts('numbers')).toEqual(['slow']);
  });

  it('are made anew by a writer that goes on, with all points since, and are not doubled later', async () => {
    const clock = handClock();
    const store = createPointStore(pool, { clock });
    await store.store([pointOf('busy', 20 * dayMs)], never);
    await age(30);
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    await store.store([pointOf('busy', 5 * minuteMs)], never);
    expect(await hosts('numbers')).toEqual([]);
    clock.forward(10 * minuteMs + 1);
    await store.store([pointOf('busy', 1)], never);
    expect(await hosts('numbers')).toEqual(['busy', 'busy']);
    await letPass();
    await watched.maintenance.runRound(never);
    expect(await hosts('series')).toEqual(['busy']);
    expect(await hosts('numbers')).toEqual(['busy', 'busy']);
    expect(await count(pool, 'telemetry_data.removed_series')).toBe(0);
  });

  it('are looked for every six hours', async () => {
    const clock = handClock();
    await using watched = maintain(postgres, url, clock);
    await watched.maintenance.runRound(never);
    await createPointStore(pool).store([pointOf('gone', 20 * dayMs)], never);
    await pool.query('delete from telemetry.number_point');
    await age(30);
    clock.forward(5.9 * hourMs);
    await watched.maintenance.runRound(never);
    expect(await hosts('series')).toEqual(['gone']);
    clock.forward(0.2 * hourMs);
    await watched.maintenance.runRound(never);
    expect(await hosts('series')).toEqual([]);
  });

  it('are looked for no longer than two seconds in a round, and the next goes on from there', async () => {
    await pool.query(
      `insert into telemetry.series (id, hash, name, kind, unit, description, resource, resource_schema_url, scope, attributes, first_seen)
       select n, sha256(n::text::bytea), 'load', 'gauge', '', '', '{}', '', '{}', '{}', now() - interval '9 days' from generate_series(0, 2499) n`,
    );
    let time = 0;
    const slow: Clock = {
      now: systemClock.now,
      monotonic: () => {
        time += 1100;
        return time;
      },
    };
    await using watched = maintain(postgres, url, slow);
    const left: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await watched.maintenance.runRound(never);
      left.push(await count(pool, 'telemetry.series'));
    }
    expect(left).toEqual([1500, 500, 0, 0]);
    expect(watched.maintenance.figures().removedSeries).toBe(2500);
    await letPass();
    await watched.maintenance.runRound(never);
    expect(await count(pool, 'telemetry_data.removed_series')).toBe(500);
  });
});
