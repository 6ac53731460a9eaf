import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import type { SeriesPoint } from '../../../src/db/generic/series-point.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { minute, noon, numberPoint, sampleSeries } from '../../support/sample-series.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
});
afterEach(() =>
  pool.query(
    'truncate telemetry.series, telemetry.number_point, telemetry.histogram_point, telemetry.exponential_histogram_point, telemetry.summary_point',
  ),
);
afterAll(() => postgres.stop());

const never = new AbortController().signal;

async function read(text: string): Promise<unknown[]> {
  const { rows } = await pool.query(text);
  return rows;
}

const stored = (inserted: number, duplicates = 0) => ({
  kind: 'stored',
  inserted,
  duplicates,
  refused: [],
});

describe('createPointStore', () => {
  it('stores numbers exactly: whole ones as integers, others as doubles (B81)', async () => {
    const store = createPointStore(pool);
    const values = [9007199254740993n, -(2n ** 63n), 2n ** 63n - 1n, 42, -7, 0.1, 1e300, 5e-324, 2 ** 60];
    const points = values.map((value, at) => numberPoint(sampleSeries(), { time: noon + at, value }));
    expect(await store.store(points, never)).toEqual(stored(points.length));
    expect(
      await read(
        'select value_int::text as int, value_double as double from telemetry.number_point order by time',
      ),
    ).toEqual([
      { int: '9007199254740993', double: null },
      { int: '-9223372036854775808', double: null },
      { int: '9223372036854775807', double: null },
      { int: '42', double: null },
      { int: '-7', double: null },
      { int: null, double: 0.1 },
      { int: null, double: 1e300 },
      { int: null, double: 5e-324 },
      { int: null, double: 2 ** 60 },
    ]);
  });

  it('stores points of every kind, each in its table', async () => {
    const at = { time: noon, start: noon - minute };
    const points: SeriesPoint[] = [
      numberPoint(sampleSeries(), at),
      {
        ...at,
        kind: 'histogram',
        series: sampleSeries({}, { kind: 'histogram', monotonic: undefined }),
        count: 3,
        sum: 900,
        min: 100,
        max: undefined,
        bounds: [0.1, 250.5],
        counts: [0, 2, 9007199254740993n],
      },
      {
        ...at,
        kind: 'exponentialHistogram',
        series: sampleSeries({}, { kind: 'exponential_histogram', monotonic: undefined }),
        count: 6,
        sum: undefined,
        min: undefined,
        max: 8.5,
        scale: -3,
        zeroCount: 1,
        zeroThreshold: 0.001,
        positive: { offset: -2, counts: [1, 0, 2] },
        negative: { offset: 5, counts: [2] },
      },
      {
        ...at,
        kind: 'summary',
        series: sampleSeries({}, { kind: 'summary', monotonic: undefined, temporality: undefined }),
        count: 10,
        sum: 12.5,
        quantiles: [
          { quantile: 0.5, value: 1 },
          { quantile: 1, value: 1e22 },
        ],
      },
    ];
    const store = createPointStore(pool);
    expect(await store.store(points, never)).toEqual(stored(4));
    expect(await store.store(points, never)).toEqual(stored(0, 4));
    const time = { time: new Date(noon / 1000), start_time: new Date((noon - minute) / 1000) };
    expect(await read('select time, start_time, kind, value from telemetry.numbers')).toEqual([
      { ...time, kind: 'sum', value: 1 },
    ]);
    expect(
      await read('select time, start_time, count, sum, min, max, bounds, counts from telemetry.histograms'),
    ).toEqual([
      {
        ...time,
        count: '3',
        sum: 900,
        min: 100,
        max: null,
        bounds: [0.1, 250.5],
        counts: ['0', '2', '9007199254740993'],
      },
    ]);
    expect(
      await read(
        `select time, start_time, count, sum, min, max, scale, zero_count, zero_threshold, positive_offset, positive_counts,
           negative_offset, negative_counts from telemetry.exponential_histograms`,
      ),
    ).toEqual([
      {
        ...time,
        count: '6',
        sum: null,
        min: null,
        max: 8.5,
        scale: -3,
        zero_count: '1',
        zero_threshold: 0.001,
        positive_offset: -2,
        positive_counts: ['1', '0', '2'],
        negative_offset: 5,
        negative_counts: ['2'],
      },
    ]);
    expect(
      await read('select time, start_time, count, sum, quantiles, quantile_values from telemetry.summaries'),
    ).toEqual([{ ...time, count: '10', sum: 12.5, quantiles: [0.5, 1], quantile_values: [1, 1e22] }]);
  });

  it('keeps the first value of a series and time, whatever comes later', async () => {
    const store = createPointStore(pool);
    const first = [numberPoint(sampleSeries(), { value: 1 })];
    expect(await store.store(first, never)).toEqual(stored(1));
    const later = [numberPoint(sampleSeries(), { value: 2 }), numberPoint(sampleSeries({ a: 1 }))];
    expect(await store.store(later, never)).toEqual(stored(1, 1));
    expect(await read('select value_int from telemetry.number_point order by value_int')).toHaveLength(2);
    expect(await read("select value from telemetry.numbers where attributes = '{}'")).toEqual([{ value: 1 }]);
  });

  it('counts repeats within a batch', async () => {
    const points = [numberPoint(sampleSeries()), numberPoint(sampleSeries()), numberPoint(sampleSeries())];
    expect(await createPointStore(pool).store(points, never)).toEqual(stored(1, 2));
  });

  it('stores nothing of nothing', async () => {
    expect(await createPointStore(pool).store([], never)).toEqual(stored(0));
  });

  it('stores more points than one statement takes', async () => {
    const series = sampleSeries();
    const points = Array.from({ length: 60_000 }, (_, at) =>
      numberPoint(series, { time: noon + at, value: at }),
    );
    const store = createPointStore(pool);
    expect(await store.store(points.slice(0, 10), never)).toEqual(stored(10));
    expect(await store.store(points, never)).toEqual(stored(59_990, 10));
  });
});

describe('series', () => {
  const rows = () =>
    read('select name, unit, kind, temporality, attributes from telemetry.series order by name, id');

  it('B88: delta and cumulative are two', async () => {
    const points = (['delta', 'cumulative'] as const).map((temporality) =>
      numberPoint(sampleSeries({}, { temporality })),
    );
    expect(await createPointStore(pool).store(points, never)).toEqual(stored(2));
    expect(await read('select temporality from telemetry.numbers order by 1')).toEqual([
      { temporality: 'cumulative' },
      { temporality: 'delta' },
    ]);
  });

  it('keep the description that they first had', async () => {
    const store = createPointStore(pool);
    await store.store([numberPoint(sampleSeries({}, { description: 'old' }))], never);
    const changed = sampleSeries({}, { description: 'old' });
    const point = numberPoint(
      { ...changed, group: { ...changed.group, description: 'new' } },
      { time: noon + 1 },
    );
    expect(await createPointStore(pool).store([point], never)).toEqual(stored(1));
    expect(await read('select description from telemetry.series')).toEqual([{ description: 'old' }]);
  });

  it('have the same id in every database', async () => {
    const other = postgres.pool(await postgres.freshUrl('migrated'));
    const point = numberPoint(sampleSeries({ host: 'a' }));
    await createPointStore(pool).store([point], never);
    await createPointStore(other).store([numberPoint(sampleSeries({ host: 'b' })), point], never);
    const [mine] = await read('select id, hash from telemetry.series');
    const { rows: theirs } = await other.query(
      `select id, hash from telemetry.series where attributes = '{"host": "a"}'`,
    );
    expect(theirs).toEqual([mine]);
  });

  it('are made again when the database has lost them', async () => {
    let now = 0;
    const store = createPointStore(pool, { clock: { now: () => 0, monotonic: () => now } });
    await store.store([numberPoint(sampleSeries())], never);
    await pool.query('truncate telemetry.series');
    expect(await store.store([numberPoint(sampleSeries(), { time: noon + 1 })], never)).toEqual(stored(1));
    expect(await read('select time from telemetry.numbers')).toEqual([]);
    now = 11 * 60 * 1000;
    expect(await store.store([numberPoint(sampleSeries(), { time: noon + 2 })], never)).toEqual(stored(1));
    expect(await read('select time from telemetry.numbers')).toHaveLength(3);
  });

  it('with the hash of another one are refused, and never become one with it', async () => {
    const hashOf = () => Buffer.alloc(32, 7);
    const first = numberPoint(sampleSeries({ a: 1 }));
    const second = numberPoint(sampleSeries({ a: 2 }), { value: 2 });
    const refused = [
      { point: second, cause: 'series_collision', reason: 'its series has the id of another series' },
    ];
    const store = createPointStore(pool, { hashOf });
    expect(await store.store([first], never)).toEqual(stored(1));
    for (const again of [store, createPointStore(pool, { hashOf })]) {
      expect(await again.store([second], never)).toEqual({ ...stored(0), refused });
    }
    expect(await rows()).toMatchObject([{ attributes: { a: 1 } }]);
    expect(await read('select value from telemetry.numbers')).toEqual([{ value: 1 }]);
  });

  it('of one batch with the same hash: one is stored, the other is refused', async () => {
    const points = [numberPoint(sampleSeries({ a: 1 })), numberPoint(sampleSeries({ a: 2 }))];
    const outcome = await createPointStore(pool, { hashOf: () => Buffer.alloc(32) }).store(points, never);
    expect(outcome).toMatchObject({
      kind: 'stored',
      inserted: 1,
      duplicates: 0,
      refused: [{ cause: 'series_collision' }],
    });
    expect(await rows()).toHaveLength(1);
  });

  it.each([
    ['name', { name: 'other' }],
    ['kind', { kind: 'gauge' as const }],
    ['unit', { unit: '1' }],
    ['temporality', { temporality: 'delta' as const }],
    ['having a temporality', { temporality: undefined }],
    ['whether they are monotonic', { monotonic: false }],
    ['resource', { resource: '{}' }],
    ['the schema of the resource', { resourceSchemaUrl: 'https://example.org/1' }],
    ['scope', { scope: '{"name":"test","version":"2"}' }],
  ])(
    'that differ in %s are not mistaken for each other, even where the hash is the same',
    async (_, parts) => {
      const store = createPointStore(pool, { hashOf: () => Buffer.alloc(32) });
      expect(await store.store([numberPoint(sampleSeries())], never)).toEqual(stored(1));
      expect(await store.store([numberPoint(sampleSeries({}, parts))], never)).toMatchObject({
        inserted: 0,
        refused: [{ cause: 'series_collision' }],
      });
    },
  );

  it('whose name no index takes are refused, each by itself', async () => {
    const name = randomBytes(4096).toString('hex');
    const long = numberPoint(sampleSeries({}, { name }));
    const outcome = await createPointStore(pool).store([numberPoint(sampleSeries()), long], never);
    expect(outcome).toMatchObject({ inserted: 1, refused: [{ point: long, cause: 'refused_row' }] });
  });

  it('with more text than a statement should have are refused, each by itself; a megabyte is none too much', async () => {
    const [large, small] = [4, 1].map((mebibytes) =>
      numberPoint(sampleSeries({ text: 'x'.repeat(mebibytes * 2 ** 20) })),
    );
    const points = [large, small, numberPoint(sampleSeries())].filter((point) => point !== undefined);
    const outcome = await createPointStore(pool).store(points, never);
    const reason = 'the texts of its series have more than 4194304 characters';
    expect(outcome).toEqual({
      ...stored(2),
      refused: [{ point: large, cause: 'refused_row', reason }],
    });
  });

  it('more than the cache holds are stored all the same', async () => {
    const store = createPointStore(pool, { maxSeries: 10 });
    for (let round = 0; round < 3; round += 1) {
      const points = Array.from({ length: 50 }, (_, host) =>
        numberPoint(sampleSeries({ host }, { name: `jobs${host % 7}` }), { time: noon + round }),
      );
      expect(await store.store(points, never)).toEqual(stored(50));
    }
    expect(await rows()).toHaveLength(50);
  });
});
