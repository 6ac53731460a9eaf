import { describe, expect, it } from 'vitest';
import { isStale, readCheckout } from '../../src/gen/checkout.ts';
import { deriveArtifacts } from '../../src/gen/derived.ts';

describe('generated files', () => {
  it('follow from the definitions as they are', () => {
    const stale = deriveArtifacts().filter(isStale);
    expect(stale.map(({ path }) => path)).toEqual([]);
  });

  it('are seen to be stale when a character differs, or when they are missing', () => {
    const path = 'docs/METRICS.md';
    const content = readCheckout(path) ?? '';
    expect(isStale({ path, content })).toBe(false);
    expect(isStale({ path, content: `${content} ` })).toBe(true);
    expect(isStale({ path: 'docs/NOTHING.md', content: '' })).toBe(true);
  });
});
