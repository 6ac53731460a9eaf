import { describe, expect, it, onTestFinished } from 'vitest';
import type { ReadDeployments } from '../../../src/collectors/deployments/host-source.ts';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import type { DeploymentRecord } from '../../../src/collectors/deployments/record.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { collectAt, deploymentRows, HandClock, kindsOf, rowOf, sourceRow } from './support.ts';

function watch(deployments: ReadDeployments) {
  const clock = new HandClock('2026-11-25T11:00:00Z');
  const options = { auditLog: '/nonexistent/audit.jsonl' };
  const collector = createDeploymentsCollector(options, { clock, logger: silentLogger, deployments });
  onTestFinished(() => collector.close());
  return { clock, collect: (budgetMs?: number) => collectAt(collector, clock, budgetMs) };
}

const canary: DeploymentRecord = {
  id: 'd-1',
  status: 'in_progress',
  phase: 'explorers',
  strategy: 'canary',
  agentImage: 'ghcr.io/example/agent:2.0.0',
  agentsTotal: 4,
  agentsUpdated: 1,
  agentsFailed: 0,
  assigned: { explorers: 1, earlyAdopters: 1, general: 1 },
  stagedAt: new Date('2026-11-25T10:50:00Z'),
  startedAt: '2026-11-25T10:59:30+00:00',
};

describe('a host that tells of deployments', () => {
  it('is the only source, and is told of as all others are', async () => {
    const { collect } = watch(async () => [canary, { id: 'd-2', status: 'staged' }]);
    const collected = await collect();
    expect(collected.failure).toBeUndefined();
    expect(rowOf(collected, 'd-1')).toMatchObject({
      info: {
        'ciris.deployment.image.agent': 'ghcr.io/example/agent:2.0.0',
        'ciris.deployment.strategy': 'canary',
        'ciris.source': 'host_deployments',
      },
      states: { status: 'in_progress', phase: 'explorers' },
      values: {
        agentsTotal: 4,
        agentsAssigned: 3,
        agentsUpdated: 1,
        agentsFailed: 0,
        duration: 30,
        stagedAt: Date.parse('2026-11-25T10:50:00Z') / 1000,
        startedAt: Date.parse('2026-11-25T10:59:30Z') / 1000,
      },
    });
    expect(rowOf(collected, 'd-2')).toMatchObject({ states: { status: 'pending' }, values: {} });
    expect(sourceRow(collected, 'host_deployments')?.values.up).toBe(1);
    expect(sourceRow(collected, 'deployment_state')).toBeUndefined();
  });

  it.each<[counts: readonly [number, number, number], doubtful: number]>([
    [[4, 2, 1], 1],
    [[4, 3, 1], 0],
    [[4, 5, 1], 0],
    [[0, 0, 0], 0],
  ])('of an immediate one with %j agents in all, updated and failed', async (counts, doubtful) => {
    const [agentsTotal, agentsUpdated, agentsFailed] = counts;
    const immediate = { id: 'd', status: 'completed', strategy: 'immediate', phase: null, assigned: null };
    const record = {
      ...immediate,
      agentsTotal,
      agentsUpdated,
      agentsFailed,
      completedAt: '2026-11-25T10:59:30Z',
    };
    const collected = await watch(async () => [record]).collect();
    expect(rowOf(collected, 'd')?.values.doubtful).toBe(doubtful);
    expect(kindsOf(collected)).toEqual(doubtful === 1 ? ['deployment_doubtful'] : []);
  });

  it('may make a mistake in one field or one record, which costs that', async () => {
    const { collect } = watch(async () =>
      JSON.parse(JSON.stringify([{ ...canary, agentsTotal: '4' }, { id: 7 }, 0])),
    );
    const collected = await collect();
    expect(deploymentRows(collected)).toHaveLength(1);
    expect(rowOf(collected, 'd-1')?.values).not.toHaveProperty('agentsTotal');
    expect(collected.problems.filter(({ kind }) => kind === 'parse')).toHaveLength(3);
  });

  it.each<[what: string, deployments: ReadDeployments, type: string]>([
    ['throws', () => Promise.reject(new Error('planted words')), 'internal'],
    [
      'throws at once',
      () => {
        throw new RangeError('planted words');
      },
      'internal',
    ],
    ['gives no list', async () => JSON.parse('{}'), 'protocol'],
    ['never answers', () => new Promise(() => undefined), 'timeout'],
  ])('whose function %s is told of in words, without its own', async (_what, deployments, type) => {
    const { collect } = watch(deployments);
    const collected = await collect(100);
    expect(collected.failure?.type).toBe(type);
    expect(JSON.stringify(collected)).not.toContain('planted');
    expect(sourceRow(collected, 'host_deployments')?.values.up).toBe(0);
  });
});

describe('while no source can be read', () => {
  it('what had ended is shown on, and what had not for ten minutes', async () => {
    let isBroken = false;
    const { clock, collect } = watch(async () => {
      if (isBroken) throw new Error('away');
      return [canary, { ...canary, id: 'd-0', status: 'failed' }, { id: 'd-2', status: 'pending' }];
    });
    const idsAfter = async (minutes: number) => {
      clock.nowMs += minutes * 60_000;
      const collected = await collect();
      expect(kindsOf(collected)).toEqual([]);
      return deploymentRows(collected).map(({ identity }) => identity['ciris.deployment.id']);
    };
    expect(await idsAfter(0)).toEqual(['d-1', 'd-2', 'd-0']);
    isBroken = true;
    expect(await idsAfter(10)).toEqual(['d-1', 'd-2', 'd-0']);
    expect(await idsAfter(1)).toEqual(['d-0']);
    expect(await idsAfter(100)).toEqual(['d-0']);
    isBroken = false;
    expect(await idsAfter(1)).toEqual(['d-1', 'd-2', 'd-0']);
  });

  it('one that hangs is not asked again on top, and counts once it answers', async () => {
    const answers: PromiseWithResolvers<DeploymentRecord[]>[] = [];
    const { collect } = watch(() => {
      const answer = Promise.withResolvers<DeploymentRecord[]>();
      answers.push(answer);
      return answer.promise;
    });
    for (let time = 0; time < 3; time += 1) expect((await collect(20)).failure?.type).toBe('timeout');
    expect(answers).toHaveLength(1);
    const told = collect();
    answers[0]?.resolve([canary]);
    expect(deploymentRows(await told)).toHaveLength(1);
  });
});

describe('the course of deployments', () => {
  const ended = { ...canary, completedAt: '2026-11-25T10:59:40Z' };

  it.each<[what: string, first: DeploymentRecord, then: DeploymentRecord, kinds: readonly string[]]>([
    ['from start to end is nothing to find', canary, { ...ended, status: 'failed' }, []],
    ['back from its end is', { ...ended, status: 'failed' }, canary, ['deployment_went_back']],
    [
      'back to staged is',
      { ...ended, status: 'rejected' },
      { ...canary, status: 'pending' },
      ['deployment_went_back'],
    ],
    [
      'from failed to cancelled is not',
      { ...ended, status: 'failed' },
      { ...ended, status: 'cancelled' },
      [],
    ],
    ['into a rollback is not', { ...ended, status: 'cancelled' }, { ...ended, status: 'rolling_back' }, []],
    [
      'with agents that are updated after it was cancelled is',
      { ...ended, status: 'cancelled' },
      { ...ended, status: 'cancelled', agentsUpdated: 2 },
      ['deployment_goes_on'],
    ],
    [
      'with agents that restarted late after it failed is not',
      { ...ended, status: 'failed' },
      { ...ended, status: 'failed', agentsUpdated: 2 },
      [],
    ],
    [
      'with another phase after its end is',
      { ...ended, status: 'failed' },
      { ...ended, status: 'failed', phase: 'early adopter' },
      ['deployment_goes_on'],
    ],
    [
      'with an event after its end is',
      { ...ended, status: 'cancelled' },
      { ...ended, status: 'cancelled', lastEventAt: '2026-11-25T10:59:41Z' },
      ['deployment_goes_on'],
    ],
  ])('%s', async (_what, first, then, kinds) => {
    let told = first;
    const { collect } = watch(async () => [told]);
    expect(kindsOf(await collect())).toEqual([]);
    told = then;
    expect(kindsOf(await collect())).toEqual(kinds);
    // It stays true.
    expect(kindsOf(await collect())).toEqual(kinds);
  });

  it('ends in a finding for an hour when one is gone before its time', async () => {
    let told: readonly DeploymentRecord[] = [canary];
    const { clock, collect } = watch(async () => told);
    await collect();
    told = [];
    expect(kindsOf(await collect())).toEqual(['deployment_vanished']);
    clock.nowMs += 3_600_000;
    expect(kindsOf(await collect())).toEqual(['deployment_vanished']);
    clock.nowMs += 1;
    expect(kindsOf(await collect())).toEqual([]);
  });

  it('ends without a finding when one that has ended is kept no longer', async () => {
    const { clock, collect } = watch(async () => [{ ...ended, status: 'failed' }]);
    expect(deploymentRows(await collect())).toHaveLength(1);
    clock.nowMs += 7 * 86_400_000;
    const collected = await collect();
    expect([deploymentRows(collected), kindsOf(collected)]).toEqual([[], []]);
  });

  it('says nothing of one that is gone while others cannot be read', async () => {
    let told: readonly unknown[] = [canary];
    const { collect } = watch(async () => JSON.parse(JSON.stringify(told)));
    await collect();
    told = [{ ...canary, id: null }];
    expect(kindsOf(await collect())).toEqual([]);
  });
});

describe('a deployment that runs', () => {
  it.each([
    [6, 'in_progress', []],
    [7, 'in_progress', ['deployment_stuck']],
    [7, 'paused', ['deployment_stuck']],
    [7, 'completed', []],
  ])('for %d hours and is %s', async (hours, status, kinds) => {
    const startedAt = new Date(Date.parse('2026-11-25T11:00:00Z') - hours * 3_600_000);
    const { collect } = watch(async () => [{ id: 'd', status, strategy: 'docker', startedAt }]);
    const collected = await collect();
    expect(kindsOf(collected)).toEqual(kinds);
    if (kinds.length > 0) expect(collected.findings?.[0]?.message).toContain('2026-11-25T04:00:00.000000Z');
  });
});

describe('many deployments', () => {
  const many = (from: number, status: string): readonly DeploymentRecord[] =>
    Array.from({ length: 150 }, (_, index) => ({
      id: `${status}-${from + index}`,
      status,
      startedAt: new Date(Date.parse('2026-11-25T10:00:00Z') + (from + index) * 1000),
    }));

  it('are bounded: first those that have not ended, then the newest', async () => {
    const { collect } = watch(async () => [...many(0, 'failed'), ...many(150, 'in_progress')]);
    const ids = deploymentRows(await collect()).map(({ identity }) => identity['ciris.deployment.id'] ?? '');
    expect(ids).toHaveLength(200);
    expect(ids.filter((id) => id.startsWith('in_progress'))).toHaveLength(150);
    expect(ids[150]).toBe('failed-149');
    expect(ids[199]).toBe('failed-100');
  });

  it('of one notification are told apart from one another, and counted where none has ended', async () => {
    const notification = 'the same';
    const { collect } = watch(async () => [
      { id: 'copy', status: 'pending', notification, stagedAt: '2026-11-25T10:02:00Z' },
      { id: 'origin', status: 'cancelled', notification, stagedAt: '2026-11-25T10:00:00Z' },
      { id: 'retry', status: 'pending', notification, stagedAt: '2026-11-25T10:03:00Z' },
      { id: 'other', status: 'pending', notification: 'another', stagedAt: '2026-11-25T10:03:00Z' },
    ]);
    const collected = await collect();
    const origins = ['copy', 'origin', 'retry', 'other'].map(
      (id) => rowOf(collected, id)?.info['ciris.deployment.origin.id'],
    );
    expect(origins).toEqual(['origin', undefined, 'origin', undefined]);
    expect(collected.findings).toEqual([
      { kind: 'deployment_repeated', message: expect.stringMatching(/^deployments copy, retry are of one/) },
    ]);
  });
});
