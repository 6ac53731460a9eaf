import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { seriesDigest, seriesIdOf, sha256 } from '../../../src/db/generic/series-id.ts';
import type { Series, SeriesPoint } from '../../../src/db/generic/series-point.ts';
import { noon, sampleSeries } from '../../support/sample-series.ts';
import { type Database, openPostgres, openTimescale } from '../conformance/databases.ts';
import {
  type ExplicitSample,
  type ExponentialSample,
  explicitByForce,
  exponentialByForce,
  type Question,
} from './histogram-oracle.ts';

const never = new AbortController().signal;
const micros = (second: number): number => noon + second * 1e6;
const iso = (second: number): string => new Date(micros(second) / 1000).toISOString();
const startOf = (start: number | undefined) => (start === undefined ? undefined : micros(start));

const start = fc.option(fc.integer({ min: -10, max: 60 }), { nil: undefined });
const sum = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -9, max: 90 }) }, fc.constant(undefined));
const at = fc.integer({ min: 0, max: 60 });
const counts = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: 4 }), { minLength: length, maxLength: length });

/** Counts that mostly rise from sample to sample, as those of a histogram do. */
const rising = <T extends { readonly at: number }>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc
    .uniqueArray(one, { selector: (sample) => sample.at, maxLength: 12 })
    .map((samples) => samples.toSorted((a, b) => a.at - b.at));

const explicit: fc.Arbitrary<ExplicitSample[]> = fc
  .tuple(
    rising(
      fc.record({
        at,
        start,
        sum,
        bounds: fc.oneof({ weight: 5, arbitrary: fc.constant([1, 2]) }, fc.constant([1, 3])),
        counts: counts(3),
      }),
    ),
    fc.integer({ min: 0, max: 4 }),
  )
  .map(([samples, slope]) =>
    samples.map((one, index) => ({ ...one, counts: one.counts.map((count) => count + index * slope) })),
  );

const exponential: fc.Arbitrary<ExponentialSample[]> = fc
  .tuple(
    rising(
      fc.record({
        at,
        start,
        sum,
        scale: fc.integer({ min: -1, max: 2 }),
        zeroCount: fc.integer({ min: 0, max: 2 }),
        zeroThreshold: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constant(0.5)),
        offset: fc.integer({ min: -5, max: 4 }),
        positive: counts(4),
        negative: counts(2),
      }),
    ),
    fc.integer({ min: 0, max: 6 }),
    fc.boolean(),
  )
  .map(([samples, slope, isSteady]) =>
    samples.map((one, index) => ({
      ...one,
      ...(isSteady ? { scale: 1 - Math.floor(index / 3), offset: -2 } : {}),
      zeroCount: one.zeroCount + 2 * index,
      positive: one.positive.map((count) => count + index * slope),
      negative: one.negative.map((count) => count + index * slope),
    })),
  );

const question: fc.Arbitrary<Question> = fc.record({
  since: fc.integer({ min: 0, max: 40 }),
  width: fc.integer({ min: 1, max: 70 }),
  isDelta: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
});

const total = (counted: readonly number[]): number => counted.reduce((all, one) => all + one, 0);

describe.each([
  { name: 'PostgreSQL', runs: 60, open: () => openPostgres() },
  { name: 'TimescaleDB', runs: 25, open: openTimescale },
])('the increase of histograms on $name, against brute force', ({ runs, open }) => {
  let database: Database;
  let pool: Pool;
  let made = 0;
  beforeAll(async () => {
    database = await open();
    pool = database.pool;
  }, 120_000);
  afterAll(() => database.stop());

  function freshSeries(kind: 'histogram' | 'exponential_histogram', isDelta: boolean): Series {
    made += 1;
    const temporality = isDelta ? 'delta' : 'cumulative';
    return sampleSeries({ made }, { name: kind, kind, temporality, monotonic: undefined });
  }

  async function ask(
    series: Series,
    points: readonly SeriesPoint[],
    { since, width }: Question,
  ): Promise<readonly Record<string, unknown>[]> {
    expect(await createPointStore(pool).store(points, never)).toMatchObject({ kind: 'stored', refused: [] });
    const { id } = seriesIdOf(seriesDigest(series, sha256));
    const values = [iso(since), iso(since + width)];
    const name = `telemetry.${series.group.kind}_increase`;
    const byId = await pool.query(`select to_jsonb(i) as i from ${name}($1::bigint, $2, $3) as i`, [
      id,
      ...values,
    ]);
    const byName = await pool.query(
      `select to_jsonb(i) - array['series_id', 'attributes', 'resource', 'scope', 'unit'] as i from ${name}($1::text, $2, $3, $4) as i`,
      [series.group.name, ...values, series.attributes],
    );
    expect(byName.rows).toEqual(byId.rows);
    return byId.rows.map(({ i }) => i);
  }

  function explicitPoint(series: Series, { at, start: began, ...figures }: ExplicitSample): SeriesPoint {
    const times = { time: micros(at), start: startOf(began) };
    const unknown = { min: undefined, max: undefined };
    return { kind: 'histogram', series, ...figures, ...times, ...unknown, count: total(figures.counts) };
  }

  function exponentialPoint(
    series: Series,
    { at, start: began, offset, positive, negative, ...figures }: ExponentialSample,
  ): SeriesPoint {
    const times = { time: micros(at), start: startOf(began) };
    const count = total(positive) + total(negative) + figures.zeroCount;
    const sides = { positive: { offset, counts: positive }, negative: { offset, counts: negative } };
    const unknown = { min: undefined, max: undefined };
    return { kind: 'exponentialHistogram', series, ...figures, ...times, ...unknown, ...sides, count };
  }

  it('goes over restarts, and has no buckets where their bounds changed, but count and sum', async () => {
    const series = freshSeries('histogram', false);
    const bounds = [1, 2];
    const points = [
      { at: 10, start: 0, sum: 6, bounds, counts: [1, 2, 1] },
      { at: 20, start: 0, sum: 9, bounds, counts: [2, 3, 1] },
      { at: 30, start: 25, sum: 4, bounds, counts: [4, 0, 0] },
      { at: 40, start: 25, sum: 11, bounds: [1, 3], counts: [4, 1, 1] },
    ].map((sample) => explicitPoint(series, sample));
    expect(await ask(series, points, { since: 15, width: 20, isDelta: false })).toEqual([
      { count: 6, sum: 7, bounds, counts: [5, 1, 0] },
    ]);
    expect(await ask(series, points, { since: 15, width: 30, isDelta: false })).toEqual([
      { count: 8, sum: 14, bounds: null, counts: null },
    ]);
    expect(await ask(series, points, { since: 5, width: 1, isDelta: false })).toEqual([]);
  });

  it('has no more than 1024 buckets, however far apart single measurements are', async () => {
    const series = freshSeries('exponential_histogram', true);
    const measured = (at: number, offset: number): SeriesPoint =>
      exponentialPoint(series, {
        at,
        start: at - 1,
        sum: undefined,
        scale: 20,
        zeroCount: 0,
        zeroThreshold: 0,
        offset,
        positive: [1],
        negative: [],
      });
    const points = [measured(10, -5), measured(20, 10_000_000), measured(30, 10_000_001)];
    const found = await ask(series, points, { since: 0, width: 60, isDelta: true });
    const counts = Array.from({ length: 612 }, (_, place) => (place === 0 ? 1 : place === 611 ? 2 : 0));
    expect(found).toMatchObject([
      { count: 3, scale: 6, positive_offset: -1, positive_counts: counts, negative_counts: [] },
    ]);
  });

  it('with explicit bounds', async () => {
    const property = fc.asyncProperty(explicit, question, async (samples, asked) => {
      const series = freshSeries('histogram', asked.isDelta);
      const points = samples.map((sample) => explicitPoint(series, sample));
      const expected = explicitByForce(samples, asked);
      expect(await ask(series, points, asked)).toEqual(expected === undefined ? [] : [expected]);
    });
    await fc.assert(property, { numRuns: runs });
  }, 120_000);

  it('with exponential buckets of any scale', async () => {
    const property = fc.asyncProperty(exponential, question, async (samples, asked) => {
      const series = freshSeries('exponential_histogram', asked.isDelta);
      const points = samples.map((sample) => exponentialPoint(series, sample));
      const expected = exponentialByForce(samples, asked);
      expect(await ask(series, points, asked)).toEqual(expected === undefined ? [] : [expected]);
    });
    await fc.assert(property, { numRuns: runs });
  }, 120_000);
});
