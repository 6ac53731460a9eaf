import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { clients } from './support/clients.ts';
import {
  readStoredPoints,
  type StoredExponential,
  type StoredNumber,
  type StoredPoints,
} from './support/stored-points.ts';
import {
  type DatabaseScene,
  startDatabase,
  startWriter,
  type WriterProcess,
} from './support/writer-scene.ts';

const releasers = new Releasers();
let database: DatabaseScene;
let writer: WriterProcess;

beforeAll(async () => {
  database = await startDatabase(releasers);
  writer = await startWriter({ databaseUrl: database.postgres.connectionString, folder: database.folder });
  releasers.add('writer', () => writer.stop());
});
afterAll(() => releasers.close());

const ofA = { path: '/a', ok: true, code: 200, list: ['a', 'b'] };
const ofB = { path: '/b', ok: false, code: 500, ratio: 0.5 };

/** What a sum shows after each of two rounds that added these. */
const shown = <T extends number | bigint>(temporality: string, first: T, second: T, sum: T): readonly T[] =>
  temporality === 'delta' ? [first, second] : [first, sum];

describe.each(clients)('the exporter for $language', ({ language, exact, run }) => {
  describe.each(['cumulative', 'delta'] as const)('that sends %s sums', (temporality) => {
    const name = `${language}, ${temporality}`;
    let points: StoredPoints;
    beforeAll(async () => {
      await run({ name, endpoint: writer.url, temporality });
      points = await readStoredPoints(database.pool, name);
    });

    const numbersOf = (metric: string, attributes: object = {}): readonly StoredNumber[] =>
      points.numbers.filter((point) => point.name === metric && isSame(point.attributes, attributes));

    it('has all of its points stored, and no others', () => {
      const names = (list: readonly { readonly name: string }[]) => [
        ...new Set(list.map((point) => point.name)),
      ];
      const sums = [
        'client.cost',
        'client.observed',
        'client.queue',
        'client.requests',
        'client.temperature',
      ];
      expect(names(points.numbers)).toEqual(exact ? ['client.big', ...sums] : sums);
      expect(names(points.histograms)).toEqual(['client.duration']);
      expect(names(points.exponentials)).toEqual(['client.size']);
      expect(points.numbers).toHaveLength(exact ? 13 : 11);
      for (const { scope } of points.numbers)
        expect(scope).toMatchObject({ name: 'client', version: '1.2.3' });
    });

    it('has its counters stored', () => {
      const requests = { unit: '{request}', kind: 'sum', temporality, monotonic: true, value_double: null };
      expect(numbersOf('client.requests', ofA)).toMatchObject(
        shown(temporality, 3n, 7n, 10n).map((value_int) => ({ ...requests, value_int })),
      );
      expect(numbersOf('client.requests', ofB)).toMatchObject([{ ...requests, value_int: 4n }]);
      const cost = shown(temporality, 0.5, 0.25, 0.75);
      expect(numbersOf('client.cost').map(({ value_double }) => value_double)).toEqual(cost);
      const big = shown(temporality, 9007199254740993n, 2n, 9007199254740995n);
      expect(numbersOf('client.big').map(({ value_int }) => value_int)).toEqual(exact ? big : []);
    });

    it('has its sums that may fall and its gauges stored', () => {
      const queue = { unit: '{item}', kind: 'sum', temporality: 'cumulative', monotonic: false };
      expect(numbersOf('client.queue')).toMatchObject([
        { ...queue, value_int: 5n },
        { ...queue, value_int: 3n },
      ]);
      const gauge = { kind: 'gauge', temporality: null, monotonic: null };
      const temperature = { ...gauge, unit: 'Cel' };
      expect(numbersOf('client.temperature')).toMatchObject([
        { ...temperature, value_double: 21.5 },
        { ...temperature, value_double: -3.25 },
      ]);
      expect(numbersOf('client.observed')).toMatchObject([
        { ...gauge, value_int: 42n },
        { ...gauge, value_int: 43n },
      ]);
    });

    it('has its histograms stored', () => {
      const bounds = [1, 5, 10];
      const first = { bounds, counts: [1, 2, 0, 1], count: 4, sum: 26.5, min: 0.5, max: 20 };
      const second =
        temporality === 'delta'
          ? { bounds, counts: [0, 0, 1, 0], count: 1, sum: 7, min: 7, max: 7 }
          : { bounds, counts: [1, 2, 1, 1], count: 5, sum: 33.5, min: 0.5, max: 20 };
      const shared = { unit: 's', temporality };
      expect(points.histograms).toMatchObject([
        { ...shared, ...first },
        { ...shared, ...second },
      ]);
    });

    it('has its exponential histograms stored', () => {
      const rounds = [[1, 2, 4], temporality === 'delta' ? [0, 1000] : [1, 2, 4, 0, 1000]];
      expect(points.exponentials).toHaveLength(rounds.length);
      for (const [round, values] of rounds.entries()) {
        const point = points.exponentials[round] ?? expect.fail('a round is missing');
        const sum = values.reduce((total, value) => total + value, 0);
        expect(point).toMatchObject({ unit: 'By', temporality, count: values.length, sum });
        expect(point.max).toBe(Math.max(...values));
        expect(point.zero_count).toBe(values.filter((value) => value === 0).length);
        expect(point.negative_counts.every((count) => count === 0)).toBe(true);
        expect(bucketsOf(point)).toEqual(bucketsOfValues(values, point.scale));
      }
    });

    it('has start times from which an increase can be told', async () => {
      const [first, last] = numbersOf('client.requests', ofA);
      if (first === undefined || last === undefined) throw new Error('a round is missing');
      expect(first.start_micros).toBeLessThan(first.micros);
      if (temporality === 'cumulative') expect(last.start_micros).toBe(first.start_micros);
      else expect(last.start_micros).toBeGreaterThanOrEqual(first.micros);
      const { rows } = await database.pool.query({
        text: `select attributes, increase::int from telemetry.increase('client.requests', now() - interval '1 hour', now() + interval '1 hour')
          where resource ->> 'service.name' = $1 order by attributes ->> 'path'`,
        values: [name],
      });
      expect(rows).toEqual([
        { attributes: ofA, increase: 10 },
        { attributes: ofB, increase: 4 },
      ]);
    });
  });
});

const isSame = (a: object, b: object): boolean => sortedText(a) === sortedText(b);
const sortedText = (value: object): string => JSON.stringify(Object.entries(value).toSorted());

/** How many values are in which bucket above zero, by its index. */
function bucketsOf({ positive_offset, positive_counts }: StoredExponential): readonly (readonly number[])[] {
  return positive_counts.flatMap((count, index) => (count === 0 ? [] : [[positive_offset + index, count]]));
}

/** The same, by what such a bucket is. */
function bucketsOfValues(values: readonly number[], scale: number): readonly (readonly number[])[] {
  const counts = new Map<number, number>();
  for (const value of values.filter((each) => each > 0)) {
    // Upper bounds belong to their buckets; the rounding keeps a logarithm that is nearly whole from the next one.
    const index = Math.ceil(Number((Math.log2(value) * 2 ** scale).toFixed(6))) - 1;
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return [...counts].toSorted(([a], [b]) => a - b);
}
