import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import type { PointStore } from '../../../src/db/generic/ports.ts';
import { seriesDigest, seriesIdOf, sha256 } from '../../../src/db/generic/series-id.ts';
import type { Series, SeriesGroup } from '../../../src/db/generic/series-point.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { noon, numberPoint, sampleSeries } from '../../support/sample-series.ts';

let postgres: TestPostgres;
let pool: Pool;
let store: PointStore;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
  store = createPointStore(pool);
});
afterAll(() => postgres.stop());

const never = new AbortController().signal;

/** Times and starts are seconds after noon. */
interface Sample {
  readonly at: number;
  readonly value: number | bigint;
  readonly start?: number | undefined;
}

const micros = (second: number): number => noon + second * 1e6;
const iso = (second: number): string => new Date(micros(second) / 1000).toISOString();

let made = 0;

/** A series that no other test has. */
function freshSeries(parts: Partial<SeriesGroup> = {}): Series {
  made += 1;
  return sampleSeries({ made }, parts);
}

async function give(series: Series, samples: readonly Sample[]): Promise<void> {
  const points = samples.map(({ at, value, start }) =>
    numberPoint(series, {
      time: micros(at),
      value,
      start: start === undefined ? undefined : micros(start),
    }),
  );
  expect(await store.store(points, never)).toMatchObject({ kind: 'stored', refused: [] });
}

interface Answer {
  /** As PostgreSQL writes it. */
  readonly increase: string | null;
  readonly rate: number | null;
}

async function ask(series: Series, since: number, until: number): Promise<Answer> {
  const { rows } = await pool.query<Answer>(
    'select telemetry.increase($1::bigint, $2, $3)::text as increase, telemetry.rate($1::bigint, $2, $3) as rate',
    [seriesIdOf(seriesDigest(series, sha256)).id, iso(since), iso(until)],
  );
  const [answer] = rows;
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

const delta = { temporality: 'delta' as const };
const gauge = { kind: 'gauge' as const, temporality: undefined, monotonic: undefined };

describe('telemetry.increase', () => {
  it('B88: sums up deltas', async () => {
    const series = freshSeries(delta);
    const samples = [20, 40, 60].map((minutes) => ({
      at: minutes * 60 - 1,
      value: 5,
      start: (minutes - 20) * 60 - 1,
    }));
    await give(series, samples);
    expect(await ask(series, 0, 3600)).toEqual({ increase: '15', rate: 15 / 3600 });
  });

  it('B88: of what is cumulative, the difference between first and last', async () => {
    const series = freshSeries();
    await give(series, [
      { at: 10, value: 5, start: -100 },
      { at: 20, value: 10, start: -100 },
      { at: 30, value: 15, start: -100 },
    ]);
    expect(await ask(series, 0, 60)).toEqual({ increase: '10', rate: 0.5 });
  });

  it('counts from a start within the range, and from the last point before it', async () => {
    const series = freshSeries();
    await give(series, [
      { at: 10, value: 5, start: 0 },
      { at: 20, value: 7, start: 0 },
      { at: 30, value: 11, start: 0 },
    ]);
    expect(await ask(series, 0, 60)).toEqual({ increase: '11', rate: 11 / 30 });
    expect(await ask(series, 20, 30)).toEqual({ increase: '2', rate: 0.2 });
    expect(await ask(series, 21, 31)).toEqual({ increase: '4', rate: 0.4 });
  });

  it('goes over a restart that the start tells of, though the value did not fall', async () => {
    const series = freshSeries();
    await give(series, [
      { at: 10, value: 5, start: 0 },
      { at: 30, value: 8, start: 20 },
    ]);
    expect(await ask(series, 5, 60)).toEqual({ increase: '8', rate: 0.8 });
  });

  it('goes over a restart that only the value tells of', async () => {
    const series = freshSeries();
    await give(series, [
      { at: 10, value: 5 },
      { at: 20, value: 9 },
      { at: 30, value: 2 },
    ]);
    expect(await ask(series, 0, 60)).toEqual({ increase: '6', rate: 0.3 });
  });

  it('takes a start that moved by moments for the same', async () => {
    const series = freshSeries();
    await give(series, [
      { at: 10, value: 5, start: -100 },
      { at: 20, value: 9, start: -97 },
      { at: 30, value: 12, start: -101 },
    ]);
    expect(await ask(series, 0, 60)).toMatchObject({ increase: '7' });
  });

  it('takes a start that is not before its point for one that nobody knows', async () => {
    const series = freshSeries();
    await give(series, [
      { at: 10, value: 1000, start: 10 },
      { at: 20, value: 1004, start: 10 },
      { at: 40, value: 1010, start: 40 },
      { at: 50, value: 1011, start: 40 },
      { at: 60, value: 3, start: 60 },
    ]);
    expect(await ask(series, 0, 15)).toEqual({ increase: null, rate: null });
    expect(await ask(series, 0, 60)).toEqual({ increase: '11', rate: 11 / 40 });
    expect(await ask(series, 0, 90)).toEqual({ increase: '14', rate: 14 / 50 });
    const ahead = freshSeries();
    await give(ahead, [
      { at: 10, value: 5, start: 17 },
      { at: 20, value: 6, start: 27 },
    ]);
    expect(await ask(ahead, 0, 60)).toEqual({ increase: '1', rate: 0.1 });
  });

  it('counts time once that several deltas tell of', async () => {
    const series = freshSeries(delta);
    await give(series, [
      { at: 10, value: 10, start: 0 },
      { at: 15, value: 20, start: 5 },
      { at: 20, value: 30, start: 20 },
      { at: 40, value: 5, start: 30 },
    ]);
    expect(await ask(series, 0, 60)).toEqual({ increase: '65', rate: 65 / 30 });
  });

  it('follows a sum that may fall', async () => {
    const series = freshSeries({ monotonic: false });
    await give(series, [
      { at: 10, value: 5, start: -100 },
      { at: 20, value: 2, start: -100 },
      { at: 30, value: 4, start: 25 },
    ]);
    expect(await ask(series, 0, 60)).toEqual({ increase: '-1', rate: -0.05 });
  });

  it('is exact for integers that no double holds, and for decimal fractions', async () => {
    const series = freshSeries();
    await give(series, [
      { at: 10, value: 9007199254740993n },
      { at: 20, value: 9223372036854775807n },
      { at: 30, value: 1 },
    ]);
    expect(await ask(series, 0, 60)).toMatchObject({ increase: '9214364837600034815' });
    const decimal = freshSeries();
    await give(decimal, [
      { at: 10, value: 0.1 },
      { at: 20, value: 0.3 },
    ]);
    expect(await ask(decimal, 0, 60)).toMatchObject({ increase: '0.2' });
  });

  it('says nothing where nothing is known: no points, a single one, a gauge', async () => {
    const unknown = { increase: null, rate: null };
    const series = freshSeries();
    expect(await ask(series, 0, 60)).toEqual(unknown);
    await give(series, [{ at: 10, value: 5, start: -100 }]);
    expect(await ask(series, 0, 60)).toEqual(unknown);
    const level = freshSeries(gauge);
    await give(level, [
      { at: 10, value: 5 },
      { at: 20, value: 9 },
    ]);
    expect(await ask(level, 0, 60)).toEqual(unknown);
  });

  it('of a metric: for each of its series that it is known of', async () => {
    const of = (host: string) => sampleSeries({ host, zone: 'x' }, { name: 'named' });
    for (const [index, host] of ['a', 'b', 'c'].entries()) {
      await give(of(host), [
        { at: 10, value: 5 },
        { at: 20, value: 6 + index },
      ]);
    }
    await give(of('alone'), [{ at: 10, value: 5 }]);
    const range = [iso(0), iso(60)];
    const all = await pool.query(
      `select attributes->>'host' as host, resource, unit, increase::text from telemetry.increase('named', $1, $2) order by 1`,
      range,
    );
    expect(all.rows).toEqual(
      ['a', 'b', 'c'].map((host, index) => ({
        host,
        resource: { 'service.name': 'worker' },
        unit: '{job}',
        increase: String(index + 1),
      })),
    );
    const one = await pool.query(
      `select attributes, rate from telemetry.rate('named', $1, $2, '{"host": "b"}')`,
      range,
    );
    expect(one.rows).toEqual([{ attributes: { host: 'b', zone: 'x' }, rate: 0.2 }]);
  });
});

interface Nature {
  readonly temporality: 'delta' | 'cumulative';
  readonly monotonic: boolean;
}

interface Step {
  readonly increase: number | undefined;
  readonly seconds: number | undefined;
}

/** What a point adds, by brute force: from the one before it and what kind of sum it is. */
function stepOf(nature: Nature, sample: Sample, before: Sample | undefined, since: number): Step {
  const { at } = sample;
  const start = sample.start !== undefined && sample.start < at ? sample.start : undefined;
  const value = Number(sample.value);
  if (nature.temporality === 'delta') {
    const from = Math.max(start ?? -Infinity, before?.at ?? -Infinity);
    return { increase: value, seconds: from === -Infinity ? undefined : at - from };
  }
  if (before === undefined) {
    const isNew = start !== undefined && start >= since;
    return isNew ? { increase: value, seconds: at - start } : { increase: undefined, seconds: undefined };
  }
  const isOtherStart =
    start !== undefined &&
    start !== before.start &&
    (start >= before.at || (before.start !== undefined && start > before.start + 5));
  if (nature.monotonic && (isOtherStart || value < Number(before.value))) {
    const from = Math.max(start ?? before.at, before.at);
    return { increase: value, seconds: at - from };
  }
  return { increase: value - Number(before.value), seconds: at - before.at };
}

function expected(nature: Nature, samples: readonly Sample[], since: number, until: number) {
  const sorted = samples.toSorted((a, b) => a.at - b.at);
  const steps = sorted
    .map((sample, index) => ({ at: sample.at, ...stepOf(nature, sample, sorted[index - 1], since) }))
    .filter(({ at }) => at >= since && at < until);
  const known = steps.flatMap(({ increase, seconds }) =>
    increase === undefined ? [] : [{ increase, seconds }],
  );
  const timed = known.flatMap(({ increase, seconds = 0 }) => (seconds > 0 ? [{ increase, seconds }] : []));
  const sum = (figures: readonly number[]): number => figures.reduce((a, b) => a + b, 0);
  return {
    increase: known.length === 0 ? null : sum(known.map(({ increase }) => increase)),
    rate:
      timed.length === 0
        ? null
        : sum(timed.map(({ increase }) => increase)) / sum(timed.map(({ seconds }) => seconds)),
  };
}

const second = fc.integer({ min: 0, max: 60 });
/** Quarters and whole numbers, which add up exactly. */
const value = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.integer({ min: 0, max: 200 }).map((quarters) => quarters / 4),
);
const start = fc.option(fc.integer({ min: -10, max: 60 }), { nil: undefined });
const samples = fc.uniqueArray(fc.record({ at: second, value, start }), {
  selector: ({ at }) => at,
  maxLength: 20,
});
const nature = fc.record({
  temporality: fc.constantFrom('delta', 'cumulative'),
  monotonic: fc.boolean(),
});
const range = fc
  .record({ since: second, width: fc.integer({ min: 1, max: 61 }) })
  .map(({ since, width }) => ({ since, until: since + width }));

describe('increase and rate are what brute force finds', () => {
  it('over restarts, gaps, late and repeated points, for every kind of sum', async () => {
    const arrival = fc.record({ order: fc.array(fc.nat(), { maxLength: 20 }), again: fc.nat({ max: 20 }) });
    await fc.assert(
      fc.asyncProperty(nature, samples, range, arrival, async (kind, all, { since, until }, how) => {
        const series = freshSeries(kind);
        const arriving = all
          .map((sample, index) => ({ sample, rank: how.order[index] ?? 0 }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ sample }) => sample);
        const middle = Math.ceil(arriving.length / 2);
        await give(series, arriving.slice(0, middle));
        await give(series, [...arriving.slice(middle), ...arriving.slice(0, how.again)]);
        const { increase, rate } = await ask(series, since, until);
        const wanted = expected(kind, all, since, until);
        expect(increase === null ? null : Number(increase)).toBe(wanted.increase);
        if (rate === null || wanted.rate === null) expect(rate).toBe(wanted.rate);
        else expect(rate).toBeCloseTo(wanted.rate, 9);
      }),
      { numRuns: 150 },
    );
  });

  it('and add up: a range is the sum of its parts', async () => {
    const cut = fc.record({ since: second, first: second, second });
    await fc.assert(
      fc.asyncProperty(nature, samples, cut, async (kind, all, widths) => {
        const series = freshSeries(kind);
        // From a point before it on, every step within the range is known.
        await give(series, [{ at: -1, value: 0 }, ...all]);
        const { since } = widths;
        const middle = since + widths.first;
        const until = middle + widths.second;
        const increase = async (from: number, to: number): Promise<number> =>
          Number((await ask(series, from, to)).increase ?? 0);
        const parts = (await increase(since, middle)) + (await increase(middle, until));
        expect(parts).toBe(await increase(since, until));
      }),
      { numRuns: 60 },
    );
  });
});
