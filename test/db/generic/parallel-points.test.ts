import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import type { SeriesPoint } from '../../../src/db/generic/series-point.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { noon, numberPoint, sampleSeries } from '../../support/sample-series.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const never = new AbortController().signal;
const writers = 8;
const rounds = 10;
const hosts = 200;
/** Eight that wait for each other take their time on a busy machine. */
const deadlineMs = 60_000;

/** The same on every run, in an order that looks like none. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const ranked = items.map((item, index) => ({ item, rank: ((index + 1) * (seed * 2 + 7919)) % 10_007 }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}

/** New series in every round. */
function pointsOf(round: number): readonly SeriesPoint[] {
  return Array.from({ length: hosts }, (_, host) =>
    numberPoint(sampleSeries({ host, round }), { time: noon + round, value: host }),
  );
}

async function storeAll(share: 'a store each' | 'one store') {
  const url = await postgres.freshUrl('migrated');
  const storeWith = (options: { readonly size?: number } = {}) =>
    createPointStore(postgres.pool(url, { ...options, statementTimeoutMs: deadlineMs }), { deadlineMs });
  const shared = storeWith();
  const totals = { inserted: 0, duplicates: 0, refused: 0 };
  const write = async (writer: number): Promise<void> => {
    const store = share === 'one store' ? shared : storeWith({ size: 1 });
    for (let round = 0; round < rounds; round += 1) {
      const outcome = await store.store(shuffled(pointsOf(round), writer), never);
      if (outcome.kind !== 'stored') throw new Error(outcome.message);
      totals.inserted += outcome.inserted;
      totals.duplicates += outcome.duplicates;
      totals.refused += outcome.refused.length;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const { rows } = await postgres
    .pool(url)
    .query(
      'select (select count(*)::int from telemetry.series) as series, count(*)::int as points, count(distinct attributes)::int as distinct from telemetry.numbers',
    );
  return { totals, rows };
}

describe('B91: eight writers with the same new series and points', () => {
  it.each(['a store each', 'one store'] as const)('%s: one row of each, and no failure', async (share) => {
    const { totals, rows } = await storeAll(share);
    const once = hosts * rounds;
    expect(totals).toEqual({ inserted: once, duplicates: once * (writers - 1), refused: 0 });
    expect(rows).toEqual([{ series: once, points: once, distinct: once }]);
  });
});
