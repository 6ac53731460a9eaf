import { expect, it } from 'vitest';
import { findPolicyBreaches } from '../../../src/catalog/policy.ts';
import { agent } from '../../../src/collectors/agents/metrics.ts';
import { agentReport } from '../../../src/collectors/agents/report-metrics.ts';
import { agentService } from '../../../src/collectors/agents/service-metrics.ts';
import { agentUsage } from '../../../src/collectors/agents/usage-metrics.ts';

it('the figures of agents keep to the rules of the catalog', () => {
  expect(findPolicyBreaches({ entities: [agent, agentUsage, agentReport, agentService] })).toEqual([]);
});
