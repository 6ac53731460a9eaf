import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tokenOf } from '../../src/demo/agent-key.ts';
import { type AgentScript, figuresAt } from '../../src/demo/script.ts';
import { type AgentVersion, agentVersions } from '../../src/demo/shapes/versions.ts';
import { recordingOf } from './recorded-shapes.ts';
import { ask, bearer, fleetOf } from './support.ts';

const agentOf = (version: AgentVersion): AgentScript => ({
  agentId: 'sample-ab12cd',
  serverId: 'main',
  name: 'Sample',
  template: 'default',
  conduct: 'answers',
  runs: [{ from: 0, version, wakeup: 6 }],
  outages: [{ from: 500, until: 600 }],
  requestsPerSecond: 1,
});

async function agentAt(version: AgentVersion, seconds: number) {
  const agent = agentOf(version);
  const fleet = await fleetOf({ agents: [agent] });
  await fleet.jumpTo(seconds);
  const url = fleet.agents[0]?.url ?? '';
  return {
    figures: figuresAt(agent, seconds),
    jumpTo: fleet.jumpTo,
    read: async (path: string): Promise<unknown> => (await ask(url + path, bearer(tokenOf(agent)))).body,
    status: async (path: string) => (await ask(url + path)).status,
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

const paths = {
  health: '/v1/system/health',
  status: '/v1/agent/status',
  overview: '/v1/telemetry/overview',
  unified: '/v1/telemetry/unified',
} as const;

const unifiedAnswer = z.object({
  services_online: z.number(),
  services_total: z.number(),
  total_errors: z.number(),
  services: z.record(z.string(), z.object({ healthy: z.boolean(), custom_metrics: z.unknown() })),
});

const withoutIds = (name: string): string =>
  name.replace(/(_\d{5,})+$/, (ids) => '_#'.repeat(ids.split('_').length - 1));

describe.each(agentVersions)('version %s', (version) => {
  const recording = recordingOf(version);

  it.each(['health', 'status', 'overview', 'unified'] as const)(
    'gives %s with the recorded keys and types',
    async (answer) => {
      await using agent = await agentAt(version, 100);
      expect(() => recording[answer].parse('something else')).toThrow();
      expect(recording[answer].safeParse(await agent.read(paths[answer])).error).toBeUndefined();
    },
  );

  it('names the recorded services, and counts them as recorded', async () => {
    await using agent = await agentAt(version, 100);
    const unified = unifiedAnswer.parse(await agent.read(paths.unified));
    expect(Object.keys(unified.services).map(withoutIds).sort()).toEqual(recording.serviceNames);
    expect(unified.services_online).toBe(recording.servicesOnline);
    expect(unified.services_total).toBe(recording.servicesTotal);
  });

  it('says what the script says', async () => {
    await using agent = await agentAt(version, 100);
    expect(await agent.read(paths.health)).toMatchObject({
      data: { status: 'healthy', version, uptime_seconds: 100, cognitive_state: 'work' },
    });
    expect(await agent.read(paths.status)).toMatchObject({
      data: { agent_id: 'Sample', version, cognitive_state: 'AgentState.WORK', messages_processed: 5 },
    });
    expect(await agent.read(paths.unified)).toMatchObject({
      timestamp: '2026-03-01T12:01:40.000000+00:00',
      services: {
        llm: { custom_metrics: { llm_requests_total: 90, llm_cost_cents: agent.figures?.llm.costCents } },
        adaptive_filter: { custom_metrics: { filter_messages_total: 22 } },
        agent_processor: { custom_metrics: { processor_current_state_name: 'work' } },
      },
    });
  });

  it('tells of its start in the recorded words', async () => {
    await using agent = await agentAt(version, 2.5);
    expect(await agent.read(paths.health)).toMatchObject({
      data: { status: version === '2.9.33-stable' ? 'initializing' : 'healthy', cognitive_state: null },
    });
    expect(await agent.read(paths.status)).toMatchObject({ data: { cognitive_state: 'UNKNOWN' } });
    expect(await agent.read(paths.unified)).toMatchObject({
      services: { agent_processor: { healthy: false, custom_metrics: null } },
    });
    await agent.jumpTo(3.5);
    expect(await agent.read(paths.health)).toMatchObject({ data: { cognitive_state: 'shutdown' } });
    await agent.jumpTo(5);
    expect(await agent.read(paths.status)).toMatchObject({ data: { cognitive_state: 'AgentState.WAKEUP' } });
  });

  it('counts a failed request in the LLM service and in its bus', async () => {
    await using agent = await agentAt(version, 510);
    const unified = unifiedAnswer.parse(await agent.read(paths.unified));
    expect(unified.total_errors).toBe(version === '1.1.9' ? 5 : 15);
    expect(unified.services).toMatchObject({
      llm: { custom_metrics: { llm_errors_total: 5, llm_requests_total: 500 } },
      llm_bus: { custom_metrics: { llm_failed_requests: 10, llm_circuit_breakers_open: 1 } },
    });
  });
});

it('is told of in the words of its version: cognitive state in overview, breaker, root health', async () => {
  const rows = await Promise.all(
    agentVersions.map(async (version) => {
      await using agent = await agentAt(version, 510);
      const overview = z.object({ data: z.object({ cognitive_state: z.string() }) });
      const llm = unifiedAnswer.parse(await agent.read(paths.unified)).services.llm?.custom_metrics;
      return [
        version,
        overview.parse(await agent.read(paths.overview)).data.cognitive_state,
        z.object({ circuit_breaker_state: z.number().optional() }).parse(llm).circuit_breaker_state,
        await agent.status('/health'),
        await agent.status('/v1/system/startup-status'),
      ];
    }),
  );
  expect(rows).toEqual([
    ['1.1.9', 'UNKNOWN', undefined, 404, 404],
    ['1.9.4-stable', 'work', undefined, 404, 404],
    ['2.0.0-stable', 'work', undefined, 404, 404],
    ['2.7.6-stable', 'work', undefined, 200, 200],
    ['2.8.13-stable', 'work', undefined, 200, 200],
    ['2.9.33-stable', 'work', 1, 200, 200],
  ]);
});
