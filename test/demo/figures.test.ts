import { describe, expect, it } from 'vitest';
import { noOccurrence } from '../../src/collectors/agent-target.ts';
import { createAgentsCollector } from '../../src/collectors/agents/index.ts';
import { createDeploymentsCollector } from '../../src/collectors/deployments/index.ts';
import { createTargets } from '../../src/collectors/targets/index.ts';
import { agentKey } from '../../src/demo/agent-key.ts';
import { demoAgents, demoDeployments } from '../../src/demo/cast.ts';
import { demoEncryptionKey } from '../../src/demo/fernet.ts';
import { type AgentFigures, figuresAt } from '../../src/demo/script.ts';
import type { Row } from '../../src/metric/row.ts';
import { microsFromMs } from '../../src/metric/time.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { fleetOf } from './support.ts';

/** Our own collectors on the demo, without waiting: each jump is followed by one collection. */
async function watchedDemo() {
  const fleet = await fleetOf({ agents: demoAgents, deployments: demoDeployments });
  const now = () => fleet.startedAt + fleet.seconds() * 1000;
  const deps = { clock: { now, monotonic: now }, logger: silentLogger };
  const { registry, managerConfig, deploymentState, auditLog } = fleet.paths;
  const targets = createTargets({ registry, managerConfig, encryptionKey: demoEncryptionKey }, deps);
  // One agent never answers, and each collection waits for it.
  const agents = createAgentsCollector({ requestTimeout: 2 }, { ...deps, targets: targets.read });
  const deployments = createDeploymentsCollector({ deploymentState, auditLog }, deps);
  const collectors = [targets.collector, agents, deployments];
  return {
    startedAt: fleet.startedAt,
    secondsOf: ({ time }: Row) => (time - microsFromMs(fleet.startedAt)) / 1e6,
    async at(seconds: number): Promise<readonly Row[]> {
      await fleet.jumpTo(seconds);
      const context = { time: microsFromMs(now()), budgetMs: 50_000, signal: AbortSignal.timeout(50_000) };
      const collected = await Promise.all(collectors.map((collector) => collector.collect(context)));
      expect(collected.flatMap(({ failure }) => failure ?? [])).toEqual([]);
      return collected.flatMap(({ rows }) => rows);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(collectors.map((collector) => collector.close()));
      await fleet[Symbol.asyncDispose]();
    },
  };
}

const keyOf = ({ identity }: Row): string => {
  const occurrenceId = String(identity['ciris.agent.occurrence.id']);
  return agentKey({
    agentId: String(identity['ciris.agent.id']),
    serverId: String(identity['ciris.server.id']),
    ...(occurrenceId === noOccurrence ? {} : { occurrenceId }),
  });
};

const scriptOf = (row: Row) => demoAgents.find((agent) => agentKey(agent) === keyOf(row));

/** What must be seen of an agent that is read. */
const usageIn = ({ llm, messages, thoughts, state, memoryMb }: AgentFigures) => ({
  llmRequests: llm.requests,
  llmFailedRequests: llm.failedRequests,
  llmErrors: llm.errors,
  llmTokensInput: llm.tokensInput,
  llmTokensOutput: llm.tokensOutput,
  llmCost: llm.costCents / 100,
  breakersOpen: llm.breaker === 'closed' ? 0 : 1,
  messages,
  // Told by the processor alone.
  ...(state === undefined ? {} : { thoughts }),
  memory: memoryMb * 1024 * 1024,
});

const seconds = [0, 8, 13, 20, 35, 47, 60, 100, 240];

describe('what our collectors see of the demo', () => {
  it('is what the script says, of every agent and at every moment', async () => {
    await using demo = await watchedDemo();
    for (const second of seconds) {
      const rows = await demo.at(second);
      const seen = rows.filter(({ entity }) => entity === 'agent');
      expect(seen.map(keyOf).sort()).toEqual(demoAgents.map(agentKey).sort());
      for (const row of seen) {
        const script = scriptOf(row);
        const figures = script === undefined ? undefined : figuresAt(script, second);
        const answers = figures !== undefined && script?.conduct !== 'hangs';
        const what = `${keyOf(row)} at ${second}`;
        if (answers) expect(row.values, what).toMatchObject({ reachable: 1, uptime: figures.uptimeSeconds });
        // Nothing is said of one that was asked before a jump and has not answered yet.
        else expect(row.values.reachable ?? 0, what).toBe(0);
        if (answers) expect(row.info['ciris.agent.version']).toBe(figures.version);
      }
    }
  });

  it('has the figures of the time that they are of', async () => {
    await using demo = await watchedDemo();
    for (const second of seconds) {
      const usage = (await demo.at(second)).filter(({ entity }) => entity === 'agent_usage');
      expect(usage.length).toBeGreaterThanOrEqual(4);
      for (const row of usage) {
        const script = scriptOf(row);
        const figures = script === undefined ? undefined : figuresAt(script, demo.secondsOf(row));
        expect(figures, `${keyOf(row)} at ${demo.secondsOf(row)}`).toBeDefined();
        if (figures === undefined) continue;
        const { llmCost, ...counts } = usageIn(figures);
        expect(row.values, `${keyOf(row)} at ${demo.secondsOf(row)}`).toMatchObject(counts);
        expect(row.values.llmCost).toBeCloseTo(llmCost, 9);
        // Counters count since the process started.
        const startedAt = (Number(row.start) - microsFromMs(demo.startedAt)) / 1e6;
        expect(startedAt).toBeCloseTo(demo.secondsOf(row) - figures.uptimeSeconds, 1);
      }
    }
  });

  it('is a rollout that ends well, beside two that did not', async () => {
    await using demo = await watchedDemo();
    const statuses = async (second: number) =>
      (await demo.at(second))
        .filter(({ entity }) => entity === 'deployment')
        .map(({ states }) => `${states?.status} ${states?.phase}`)
        .sort();
    const past = ['failed explorers', 'rejected undefined'];
    expect(await statuses(0)).toEqual(['failed explorers', 'pending undefined', 'rejected undefined']);
    expect(await statuses(20)).toEqual([past[0], 'in_progress explorers', past[1]]);
    expect(await statuses(30)).toEqual([past[0], 'in_progress early_adopters', past[1]]);
    expect(await statuses(50)).toEqual([past[0], 'in_progress general', past[1]]);
    expect(await statuses(100)).toEqual(['completed general', past[0], 'pending undefined', past[1]]);
  });
});
