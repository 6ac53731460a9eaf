import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { validatePolicy } from '../../../src/db/policy/validate.ts';
import { acceptedLateness, type RetentionWish, wantedPolicies } from '../../../src/db/policy/wanted.ts';
import { dayMs, hourMs } from '../../../src/runtime/duration.ts';

function policyOf(relation: string, wish: RetentionWish = {}) {
  const found = wantedPolicies(catalog, wish).policies.find(({ relation: { name } }) => name === relation);
  if (found === undefined) throw new Error(`no policy of ${relation}`);
  const { keepRaw, keep5m, keep1h, compressAfter, late } = found;
  return [keepRaw, keep5m, keep1h, compressAfter, late].map((ms) => (ms === undefined ? ms : ms / dayMs));
}

describe('the policies that settings ask for', () => {
  it('are the documented defaults where they say nothing', () => {
    expect(policyOf('container')).toEqual([7, 30, 365, 6, 5]);
    expect(policyOf('number_point')).toEqual([7, undefined, undefined, 6, 5]);
    expect(policyOf('snapshot')).toEqual([365, undefined, undefined, 6, 5]);
  });

  it('follow the default, and what is said of one table before it', () => {
    const wish = { default: { raw: 14 * dayMs, '5m': 60 * dayMs }, container: { raw: 10 * dayMs } };
    expect(policyOf('server', wish)).toEqual([14, 60, 365, 6, 5]);
    expect(policyOf('container', wish)).toEqual([10, 60, 365, 6, 5]);
    expect(policyOf('snapshot', wish)).toEqual([365, undefined, undefined, 6, 5]);
  });

  it('derive from raw alone what goes with it', () => {
    expect(policyOf('container', { container: { raw: 3 * dayMs } })).toEqual([3, 30, 365, 2, 1]);
    expect(policyOf('container', { container: { raw: 60 * dayMs } })).toEqual([60, 60, 365, 6, 5]);
    expect(policyOf('container', { default: { raw: 500 * dayMs } })).toEqual([500, 500, 500, 6, 5]);
  });

  it('are safe for whatever is said of raw alone, from a day and a half on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 18, max: 5_000 }), (doubleHours) => {
        const wish = { default: { raw: 2 * doubleHours * hourMs } };
        const { policies } = wantedPolicies(catalog, wish);
        const problems = policies.flatMap((policy) => validatePolicy(policy));
        expect(problems.filter(({ severity }) => severity === 'refused')).toEqual([]);
      }),
    );
  });

  it('say how long raw rows must live at least', () => {
    expect(() => wantedPolicies(catalog, { container: { raw: dayMs } })).toThrow(
      /^setting retention: raw of container: [^;]*; give raw at least 25h, or a shorter late [^;]*$/,
    );
    expect(policyOf('container', { container: { raw: 25 * hourMs } }).at(-1)).toBeGreaterThan(0);
  });

  it('refuse a table that there is not', () => {
    expect(() => wantedPolicies(catalog, { contaner: { raw: dayMs } })).toThrow(
      /^setting retention: there is no table contaner; those there are: default, agent, .*, snapshot$/,
    );
  });

  it('say each reason, and how many more there are', () => {
    expect(() => wantedPolicies(catalog, { default: { late: 6 * dayMs, compress: 6 * dayMs } })).toThrow(
      /^setting retention: compress of agent: rows are accepted until they are 6d old .*; and \d+ more$/,
    );
  });

  it('bound what a writer may accept by the least of them', () => {
    const { policies } = wantedPolicies(catalog, { container: { late: 2 * dayMs } });
    expect(acceptedLateness(policies)).toBe(2 * dayMs);
  });
});
