import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createPool } from '../../../src/db/connect/pool.ts';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { minute, noon, numberPoint, sampleSeries } from '../../support/sample-series.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';

/** It has one session, for which whoever connects waits. */
const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

let timescale: TestTimescale;
let pool: Pool;
beforeAll(async () => {
  timescale = await startTimescale();
  await migrate(timescale.url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(300_000) });
  // It serves one connection at a time.
  pool = createPool(timescale.url, { logger: silentLogger, size: 1, ...patience });
}, 300_000);
afterAll(async () => {
  await pool.end();
  await timescale.stop();
});

const never = new AbortController().signal;
const day = 24 * 60 * minute;

describe('on TimescaleDB', () => {
  it('B16: the key of every table of points holds the time, and series are an ordinary table', async () => {
    const { rows } = await pool.query(
      `select h.hypertable_name::text as name,
         (select bool_or('time' = any (array(select attname from pg_attribute where attrelid = i.indrelid and attnum = any (i.indkey))))
          from pg_index i where i.indrelid = format('telemetry.%I', h.hypertable_name)::regclass and i.indisunique) as timed
       from timescaledb_information.hypertables h
       where h.hypertable_schema = 'telemetry' and h.hypertable_name::text ~ '(_point|^series|^snapshot)$' order by 1`,
    );
    expect(rows).toEqual(
      ['exponential_histogram_point', 'histogram_point', 'number_point', 'snapshot', 'summary_point'].map(
        (name) => ({ name, timed: true }),
      ),
    );
  });

  it('points of several days are stored once, and their increase goes over the days', async () => {
    const store = createPointStore(pool);
    const points = [0, 1, 2, 3].map((at) =>
      numberPoint(sampleSeries(), { time: noon + at * day, start: noon - day, value: at * 10 }),
    );
    expect(await store.store(points.slice(0, 2), never)).toMatchObject({ inserted: 2, duplicates: 0 });
    expect(await store.store(points, never)).toMatchObject({ inserted: 2, duplicates: 2 });
    const iso = (time: number): string => new Date(time / 1000).toISOString();
    const { rows } = await pool.query(
      "select increase::int from telemetry.increase('jobs', $1, $2) union all select value::int from telemetry.numbers where value = 30",
      [iso(noon + day), iso(noon + 3 * day)],
    );
    expect(rows).toEqual([{ increase: 20 }, { increase: 30 }]);
  });
});
