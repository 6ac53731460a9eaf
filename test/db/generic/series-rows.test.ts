import { describe, expect, it } from 'vitest';
import { seriesDigest, seriesIdOf, sha256 } from '../../../src/db/generic/series-id.ts';
import { type Candidate, statementParts } from '../../../src/db/generic/series-rows.ts';
import { sampleSeries } from '../../support/sample-series.ts';

function candidates(count: number, resource: string): readonly Candidate[] {
  return Array.from({ length: count }, (_, index) => {
    const series = sampleSeries({ index }, { resource });
    const digest = seriesDigest(series, sha256);
    return { series, digest, id: seriesIdOf(digest) };
  });
}

describe('statementParts', () => {
  it.each([
    ['few', 3, '{}', [3]],
    ['none', 0, '{}', []],
    ['many', 12_000, '{}', [5000, 5000, 2000]],
    ['those of a resource with a megabyte of text', 7, `{"text":"${'x'.repeat(2 ** 20)}"}`, [3, 3, 1]],
    ['those of a resource with more than a statement should have', 2, 'x'.repeat(2 ** 23), [1, 1]],
  ])('gives %s in order, as many at once as a statement holds', (_, count, resource, sizes) => {
    const all = candidates(count, resource);
    const parts = statementParts(all);
    expect(parts.map((part) => part.length)).toEqual(sizes);
    expect(parts.flat().map(({ id }) => id.id)).toEqual(all.map(({ id }) => id.id));
  });
});
