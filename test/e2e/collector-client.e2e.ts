import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/db/connect/pool.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { eventually } from './support/eventually.ts';
import { postMetrics } from './support/otlp-request.ts';
import { type Pipeline, startPipeline } from './support/pipeline.ts';
import { readStoredPoints, type StoredPoints } from './support/stored-points.ts';

const releasers = new Releasers();
const service = 'behind the Collector';
const startMs = Date.now() - 60_000;
const timeMs = Date.now();
let pipeline: Pipeline;
let pool: Pool;
let points: StoredPoints;

const attributes = [
  { key: 'text', value: { stringValue: 'größer "als" \\' } },
  { key: 'flag', value: { boolValue: false } },
  { key: 'whole', value: { intValue: '9007199254740993' } },
  { key: 'part', value: { doubleValue: 0.1 } },
  { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '-1' }] } } },
  { key: 'map', value: { kvlistValue: { values: [{ key: 'in', value: { boolValue: true } }] } } },
];
const point = { attributes, startTimeUnixNano: `${startMs}000000`, timeUnixNano: `${timeMs}123456` };
const shape = { ...point, count: '6', sum: 12.5, min: -1, max: 9 };
const explicit = { ...shape, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 5] };
const exponential = {
  ...shape,
  scale: -3,
  zeroCount: '1',
  positive: { offset: -4, bucketCounts: ['1', '0', '2'] },
  negative: { offset: 2, bucketCounts: ['2'] },
};
const summary = {
  ...point,
  count: '3',
  sum: 10,
  quantileValues: [
    { quantile: 0.5, value: 2 },
    { quantile: 1, value: 7 },
  ],
};
const temporalities = { delta: 1, cumulative: 2 };

/** A metric of every kind, and of both temporalities where it has one. */
const metrics = [
  { name: 'e2e.gauge', unit: 'Cel', gauge: { dataPoints: [{ ...point, asDouble: -1e-300 }] } },
  { name: 'e2e.gone', gauge: { dataPoints: [{ ...point, flags: 1 }] } },
  ...Object.values(temporalities).flatMap((aggregationTemporality) => [
    {
      name: 'e2e.sum',
      unit: 'By',
      sum: {
        aggregationTemporality,
        isMonotonic: true,
        dataPoints: [{ ...point, asInt: '9223372036854775807' }],
      },
    },
    { name: 'e2e.histogram', unit: 's', histogram: { aggregationTemporality, dataPoints: [explicit] } },
    {
      name: 'e2e.exponential',
      unit: 's',
      exponentialHistogram: { aggregationTemporality, dataPoints: [exponential] },
    },
  ]),
  { name: 'e2e.summary', unit: 's', summary: { dataPoints: [summary] } },
];

/** Numbers, histograms, exponential ones and summaries that have a value. */
const expected = [3, 2, 2, 1];

beforeAll(async () => {
  pipeline = await startPipeline();
  releasers.add('pipeline', () => pipeline.stop());
  pool = createPool(pipeline.postgres.connectionString, { logger: silentLogger, statementTimeoutMs: 60_000 });
  releasers.add('pool', () => pool.end());
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const scope = { name: 'e2e', version: '7', attributes: [{ key: 'deep', value: { boolValue: true } }] };
  const request = { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] };
  // Twice, as a sender does that did not hear the answer.
  for (const _ of ['first', 'again'])
    expect((await postMetrics(pipeline.endpoint, request)).status).toBe(200);
  // Points of different kinds may be stored one after the other, and the views are read one after the other.
  await eventually('a point of every kind is stored', async () => {
    const { numbers, histograms, exponentials, summaries } = await readStoredPoints(pool, service);
    const found = [numbers, histograms, exponentials, summaries].map(({ length }) => length);
    return found.every((count, index) => count >= (expected[index] ?? 0)) || undefined;
  });
  points = await readStoredPoints(pool, service);
});
afterAll(() => releasers.close());

const shared = {
  attributes: {
    text: 'größer "als" \\',
    flag: false,
    whole: expect.any(Number),
    part: 0.1,
    list: ['a', -1],
    map: { in: true },
  },
  scope: { name: 'e2e', version: '7', attributes: { deep: true } },
  micros: timeMs * 1000 + 123,
};
const started = { ...shared, start_micros: startMs * 1000 };

describe('a Collector with our configuration', () => {
  it('hands on gauges, and says nothing of what has no value', () => {
    expect(points.numbers.filter(({ kind }) => kind === 'gauge')).toMatchObject([
      {
        ...shared,
        name: 'e2e.gauge',
        unit: 'Cel',
        temporality: null,
        value_double: -1e-300,
        value_int: null,
      },
    ]);
  });

  it.each(Object.keys(temporalities))('hands on %s sums and histograms', (temporality) => {
    const of = <T extends { readonly temporality: string | null }>(list: readonly T[]) =>
      list.filter((each) => each.temporality === temporality);
    expect(of(points.numbers)).toMatchObject([
      {
        ...started,
        name: 'e2e.sum',
        unit: 'By',
        monotonic: true,
        value_int: 9223372036854775807n,
        value_double: null,
      },
    ]);
    const figures = { ...started, unit: 's', count: 6, sum: 12.5, min: -1, max: 9 };
    expect(of(points.histograms)).toMatchObject([{ ...figures, bounds: [0.5, 5], counts: [1, 2, 3] }]);
    expect(of(points.exponentials)).toMatchObject([
      {
        ...figures,
        scale: -3,
        zero_count: 1,
        positive_offset: -4,
        positive_counts: [1, 0, 2],
        negative_offset: 2,
        negative_counts: [2],
      },
    ]);
  });

  it('hands on summaries', () => {
    expect(points.summaries).toMatchObject([
      {
        ...started,
        name: 'e2e.summary',
        unit: 's',
        count: 3,
        sum: 10,
        quantiles: [0.5, 1],
        quantile_values: [2, 7],
      },
    ]);
  });

  it('loses no digit of an attribute', async () => {
    const text = "select distinct attributes ->> 'whole' as whole from telemetry.numbers";
    expect((await pool.query(text)).rows).toEqual([{ whole: '9007199254740993' }]);
  });
});
