import { describe, expect, it } from 'vitest';
import { findPolicyBreaches } from '../../../src/catalog/policy.ts';
import { agentTarget, agentVersion } from '../../../src/collectors/targets/metrics.ts';

describe('the metrics of targets', () => {
  it('keep the rules of the catalog', () => {
    expect(findPolicyBreaches({ entities: [agentTarget, agentVersion] })).toEqual([]);
  });

  it('A.3: say of what the registry knows that it was noted', () => {
    const { transitionNoted, timeToWork, workNoted } = agentTarget.metrics;
    for (const { name } of [transitionNoted, timeToWork, workNoted]) expect(name).toMatch(/\.noted$/);
  });
});
