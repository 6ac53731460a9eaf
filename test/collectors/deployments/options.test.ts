import { describe, expect, it } from 'vitest';
import { findPolicyBreaches } from '../../../src/catalog/policy.ts';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import { deployment } from '../../../src/collectors/deployments/metrics.ts';
import { source } from '../../../src/collectors/source/metrics.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { HandClock } from './support.ts';

const deps = { clock: new HandClock('2026-11-25T11:00:00Z'), logger: silentLogger };

describe('options', () => {
  it.each<[what: string, options: Readonly<Record<string, unknown>>]>([
    ['an address with a password', { managerUrl: 'http://planted:secret@manager' }],
    ['an address with a query', { managerUrl: 'http://manager?planted' }],
    ['an address of another kind', { managerUrl: 'file:///planted' }],
    ['two logins', { managerToken: 'planted', managerTokenFile: '/planted' }],
    ['a home', { deploymentState: '~/planted' }],
    ['days below none', { keepDays: -1 }],
    ['an option that is none', { planted: true }],
  ])('with %s are refused in words, without what was given', (_what, options) => {
    const create = () => createDeploymentsCollector(options, deps);
    expect(create).toThrow(/^the options of the deployments collector cannot be used: /);
    expect(create).not.toThrow(/secret/);
  });

  it('may all be left out', async () => {
    const collector = createDeploymentsCollector({}, deps);
    expect(collector.entities.map(({ name }) => name)).toEqual(['deployment', 'source']);
    await collector.close();
  });
});

describe('the metrics of a deployment', () => {
  it('keep the policy', () => {
    expect(findPolicyBreaches({ entities: [deployment, source] })).toEqual([]);
  });
});
