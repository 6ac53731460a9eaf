import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistorySeries } from '../../../src/db/ports.ts';
import type { Row } from '../../../src/metric/row.ts';
import { given, history, historyDatabase } from '../../support/history-fixture.ts';
import { containerRow } from '../../support/sample-row.ts';

const database = historyDatabase();

/** Seconds, so that samples share buckets, lie on their edges and repeat across series. */
const second = fc.integer({ min: 0, max: 60 });
const sample = fc.record({
  id: fc.constantFrom('a', 'b'),
  second,
  value: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
  start: fc.option(fc.integer({ min: -10, max: 60 }), { nil: undefined }),
});
type Sample = Readonly<{ id: string; second: number; value: number | undefined; start: number | undefined }>;

const samples = fc.uniqueArray(sample, { selector: ({ id, second: at }) => `${id} ${at}`, maxLength: 40 });
const question = fc.record({
  from: second,
  width: fc.integer({ min: 1, max: 61 }),
  step: fc.integer({ min: 1, max: 30 }),
});

const base = 1_772_366_400;
const micros = (at: number): number => (base + at) * 1e6;

function rowOf({ id, second: at, value, start }: Sample): Row {
  return containerRow(id, {
    time: micros(at),
    values: value === undefined ? {} : { diskRead: value, memoryUsage: value },
    ...(start === undefined ? {} : { start: micros(start) }),
  });
}

interface Bucket {
  increase: number | undefined;
  values: number[];
}

/** The same by brute force: every sample with the one before it. */
function expected(
  all: readonly Sample[],
  id: string,
  { from, to, step }: Record<'from' | 'to' | 'step', number>,
) {
  const buckets = new Map<number, Bucket>();
  let before: Sample | undefined;
  const ofThis = all
    .filter((one) => one.id === id && one.value !== undefined)
    .sort((a, b) => a.second - b.second);
  for (const one of ofThis) {
    const { second: at, value = 0, start } = one;
    const began = Math.floor((base + at) / step) * step;
    if (at >= from && at < to) {
      const bucket = buckets.get(began) ?? { increase: undefined, values: [] };
      buckets.set(began, bucket);
      bucket.values.push(value);
      const increase = increaseOf(before, { value, start, from });
      if (increase !== undefined) bucket.increase = (bucket.increase ?? 0) + increase;
    }
    before = one;
  }
  return [...buckets].map(([began, bucket]) => ({ time: began * 1e6, ...bucket }));
}

function increaseOf(
  before: Sample | undefined,
  { value, start, from }: { value: number; start: number | undefined; from: number },
): number | undefined {
  if (before === undefined) return start !== undefined && start >= from ? value : undefined;
  const last = before.value ?? 0;
  const isLater = start !== undefined && (start >= before.second || start > (before.start ?? 60) + 5);
  const anew = isLater && start !== before.start;
  return anew || value < last ? value : value - last;
}

function pointsOf(series: readonly HistorySeries[], id: string) {
  return series.find(({ identity }) => identity['container.id'] === id)?.points ?? [];
}

describe('history against brute force', () => {
  it('gives the same figures for any samples, range and step', async () => {
    const property = fc.asyncProperty(samples, question, async (all, { from, width, step }) => {
      await database.pool.query('truncate telemetry.container');
      await given(database.pool, all.map(rowOf));
      const to = from + width;
      const query = { from: micros(from), to: micros(to), stepSeconds: step };
      const increases = await history(database.pool, 'diskRead', query);
      const averages = await history(database.pool, 'memoryUsage', query);
      for (const id of ['a', 'b']) {
        const buckets = expected(all, id, { from, to, step });
        expect(pointsOf(increases, id).map(({ time, value, samples: n }) => ({ time, value, n }))).toEqual(
          buckets.map(({ time, increase, values }) => ({ time, value: increase, n: values.length })),
        );
        expect(pointsOf(averages, id).map(({ time, min, max }) => ({ time, min, max }))).toEqual(
          buckets.map(({ time, values }) => ({ time, min: Math.min(...values), max: Math.max(...values) })),
        );
        for (const [index, { value }] of pointsOf(averages, id).entries()) {
          const values = buckets[index]?.values ?? [];
          expect(value).toBeCloseTo(values.reduce((sum, one) => sum + one, 0) / values.length, 9);
        }
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
