import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { createHistoryStore } from '../../src/db/history/history.ts';
import type { HistoryPoint, HistoryQuery, HistorySeries } from '../../src/db/ports.ts';
import { createRowStore } from '../../src/db/rows/row-store.ts';
import type { Row, Value } from '../../src/metric/row.ts';
import { microsToIso } from '../../src/metric/time.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { at, containerRow } from './sample-row.ts';

const signal = new AbortController().signal;

/** Time, value if there is one, and when the counter began. */
export type Sample = readonly [time: string, value: Value | undefined, start?: string];

/** A time of the day that these tests live in. */
export const clock = (time: string): number => at(`2026-03-01T${time}Z`);

/** Rows of container `a` with samples of one metric. */
export function samplesOf(metric: string, samples: readonly Sample[]): readonly Row[] {
  return samples.map(([time, value, start]) =>
    containerRow('a', {
      time: clock(time),
      values: value === undefined ? {} : { [metric]: value },
      ...(start === undefined ? {} : { start: clock(start) }),
    }),
  );
}

/** As if raw rows were kept for ever: the days of these tests are long past. */
export async function keepEverything(pool: Pool): Promise<void> {
  await pool.query('delete from telemetry.policy');
}

export interface HistoryDatabase {
  readonly postgres: TestPostgres;
  /** Of a database in which there is no container when a test begins. */
  readonly pool: Pool;
}

/** One for all tests of a file; there once the first of them runs. */
export function historyDatabase(): HistoryDatabase {
  let opened: HistoryDatabase | undefined;
  const open = (): HistoryDatabase => {
    if (opened === undefined) throw new Error('the database is not yet there');
    return opened;
  };
  beforeAll(async () => {
    const postgres = await startPostgres();
    opened = { postgres, pool: postgres.pool(postgres.url) };
    await keepEverything(opened.pool);
  });
  afterAll(() => opened?.postgres.stop());
  beforeEach(() => open().pool.query('truncate telemetry.container'));
  return {
    get postgres() {
      return open().postgres;
    },
    get pool() {
      return open().pool;
    },
  };
}

/** Stores rows, all of them new. */
export async function given(pool: Pool, rows: readonly Row[]): Promise<void> {
  const outcome = await createRowStore(pool, { catalog }).store(rows, signal);
  expect(outcome).toMatchObject({ kind: 'stored', inserted: rows.length });
}

/** The history of containers from 12:00 to 13:00 by the minute, unless the query says otherwise. */
export async function history(
  pool: Pool,
  metric: string,
  query: Partial<HistoryQuery> = {},
): Promise<readonly HistorySeries[]> {
  const range = { from: clock('12:00:00'), to: clock('13:00:00'), stepSeconds: 60 };
  const asked = { entity: 'container', metric, ...range, where: {}, maxSeries: 10, ...query };
  return (await createHistoryStore(pool, catalog).history(asked, signal)).series;
}

/** The points of container `a`, the only series, without what is unknown and with short times. */
export async function points(pool: Pool, metric: string, query?: Partial<HistoryQuery>) {
  const series = await history(pool, metric, query);
  expect(series.map(({ identity }) => identity)).toEqual([
    { 'ciris.server.id': 'main', 'container.id': 'a' },
  ]);
  return series.flatMap((one) => one.points.map(known));
}

function known({ time, ...figures }: HistoryPoint) {
  const there = Object.entries(figures).filter(([, figure]) => figure !== undefined);
  return { at: microsToIso(time).slice(11, 19), ...Object.fromEntries(there) };
}
