import { describe, expect, it } from 'vitest';
import { settingsRemarks } from '../../../src/db/maintenance/settings-remarks.ts';
import { type RetentionWish, wantedPolicies } from '../../../src/db/policy/wanted.ts';
import { dayMs } from '../../../src/runtime/duration.ts';
import { smallCatalog as catalog } from './support.ts';

function remarks(inForce: RetentionWish, retention: RetentionWish | undefined): readonly string[] {
  const { policies } = wantedPolicies(catalog, inForce);
  return settingsRemarks(new Map(policies.map((policy) => [policy.relation.name, policy])), {
    catalog,
    retention,
  });
}

const short = { container: { raw: 3 * dayMs } };

describe('settings and the policies in force', () => {
  it('go together when they are the same, or nothing is said', () => {
    expect(remarks({}, undefined)).toEqual([]);
    expect(remarks(short, short)).toEqual([]);
    expect(remarks({ default: { raw: 30 * dayMs } }, undefined)).toEqual([]);
  });

  it('are told apart when the file says something else', () => {
    expect(remarks({}, short)).toEqual([
      'the setting retention is not in force yet for container: see "ciris-telemetry policies plan" and "policies apply"',
    ]);
  });

  it('are told apart when more is accepted than they bear', () => {
    expect(remarks(short, undefined)).toEqual([
      'rows are accepted here until they are 5d old, but container bears only 1d by the policy in force: give this process the same setting retention',
    ]);
  });
});
