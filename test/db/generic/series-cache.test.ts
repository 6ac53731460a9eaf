import { describe, expect, it } from 'vitest';
import { SeriesCache } from '../../../src/db/generic/series-cache.ts';
import { sampleSeries } from '../../support/sample-series.ts';

const idOf = (rank: number) => ({ id: BigInt(rank), rank });
const seriesOf = (name: string, host: number) => sampleSeries({ host }, { name });

/** Ten series of each name, added one name after the other. */
function filled(maxSeries: number, names: readonly string[]): SeriesCache {
  const cache = new SeriesCache({ maxSeries, maxAgeMs: 1000 });
  for (const name of names) {
    for (let host = 0; host < 10; host += 1) cache.add(seriesOf(name, host), idOf(host), 0);
  }
  return cache;
}

const known = (cache: SeriesCache, name: string, now = 0) =>
  cache.idsOf(seriesOf(name, 0).group, now)?.size ?? 0;

describe('SeriesCache', () => {
  it('finds series by what they are', () => {
    const cache = filled(100, ['a', 'b']);
    const { group, key } = seriesOf('b', 7);
    expect(cache.idsOf(group, 0)?.get(key)).toEqual(idOf(7));
    expect(cache.idsOf(seriesOf('c', 0).group, 0)).toBeUndefined();
    expect(cache.size).toBe(20);
  });

  it('never holds more than it may, and lets go of what was not asked for the longest time', () => {
    const cache = filled(30, ['a', 'b', 'c']);
    known(cache, 'a');
    cache.add(seriesOf('d', 0), idOf(0), 0);
    expect(['a', 'b', 'c', 'd'].map((name) => known(cache, name))).toEqual([10, 0, 10, 1]);
    expect(cache.size).toBe(21);
  });

  it('holds nothing of a group that is more than it may hold', () => {
    const cache = filled(5, ['a']);
    expect(cache.size).toBeLessThanOrEqual(5);
  });

  it('holds fewer series where their texts are long', () => {
    const cache = new SeriesCache({ maxSeries: 100, maxAgeMs: 1000 });
    for (let index = 0; index < 50; index += 1) {
      cache.add(sampleSeries({ query: `${index} ${'x'.repeat(10_000)}` }, { name: `${index}` }), idOf(1), 0);
      expect(cache.size).toBeLessThanOrEqual(100);
    }
    expect(['46', '47', '48', '49'].map((name) => known(cache, name))).toEqual([0, 0, 1, 1]);
    expect(cache.size).toBe(80);
  });

  it('forgets with time, and counts a series once', () => {
    const cache = filled(100, ['a', 'a']);
    expect([known(cache, 'a', 500), cache.size]).toEqual([10, 10]);
    expect([known(cache, 'a', 1001), cache.size]).toEqual([0, 0]);
  });
});
