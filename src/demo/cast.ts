import { phaseOf, phaseSeconds, type ScriptedDeployment, upgradedRuns } from './deployment-script.ts';
import type { AgentScript, ScriptedRun, Span } from './script.ts';
import { type AgentVersion, agentVersions } from './shapes/versions.ts';

const hour = 3_600;
const day = 24 * hour;

/** The rollout of the demo: seconds at which its phases begin. */
const launchedAt = 6;
const phaseBegins = {
  explorer: launchedAt,
  early_adopter: launchedAt + phaseSeconds,
  general: launchedAt + 2 * phaseSeconds,
} as const;
const rolloutEndsAt = launchedAt + 3 * phaseSeconds;

const steady = {
  serverId: 'main',
  template: 'default',
  conduct: 'answers',
  outages: [],
  requestsPerSecond: 0.5,
} as const;

const upgraded = (group: keyof typeof phaseBegins): readonly ScriptedRun[] =>
  upgradedRuns({ from: -2 * hour, version: '2.8.13-stable', wakeup: 0 }, '2.9.33-stable', phaseBegins[group]);

const since = (from: number, version: AgentVersion): readonly ScriptedRun[] => [{ from, version, wakeup: 0 }];

/** An agent that is restarted for the first time after a while, and then again and again. */
const restarting = (version: AgentVersion): readonly ScriptedRun[] => {
  const [first, every, times] = [15, 300, 1_000];
  const starts = [-hour, ...Array.from({ length: times }, (_, index) => first + index * every)];
  return starts.map((from, index) => {
    const next = starts[index + 1];
    return { from, version, wakeup: 6, ...(next === undefined ? {} : { until: next - 1 }) };
  });
};

/** Outages that come back, one of which has begun before the start. */
const outages: readonly Span[] = Array.from({ length: 1_000 }, (_, index) => {
  const from = -30 + index * 240;
  return { from, until: from + 120 };
});

/** The agents of the demo: one for each thing that there is to see. */
export const demoAgents: readonly AgentScript[] = [
  {
    ...steady,
    agentId: 'aurora-k4m2p7',
    name: 'Aurora',
    canaryGroup: 'explorer',
    runs: upgraded('explorer'),
  },
  {
    ...steady,
    agentId: 'basil-r8t3w6',
    name: 'Basil',
    template: 'sage',
    canaryGroup: 'early_adopter',
    runs: upgraded('early_adopter'),
  },
  {
    ...steady,
    agentId: 'cedar',
    occurrenceId: '001',
    name: 'Cedar',
    template: 'scout',
    canaryGroup: 'general',
    runs: upgraded('general'),
  },
  {
    ...steady,
    agentId: 'cedar',
    occurrenceId: '002',
    serverId: 'scout1',
    name: 'Cedar',
    template: 'scout',
    canaryGroup: 'general',
    runs: upgraded('general'),
  },
  { ...steady, agentId: 'dune-h5j9n2', name: 'Dune', runs: since(-day, '1.1.9'), requestsPerSecond: 0.1 },
  {
    ...steady,
    agentId: 'ember-v7x4z8',
    serverId: 'scout1',
    name: 'Ember',
    runs: restarting('1.9.4-stable'),
    requestsPerSecond: 1,
  },
  { ...steady, agentId: 'fjord-b6d3f9', name: 'Fjord', conduct: 'hangs', runs: since(-hour, '2.0.0-stable') },
  {
    ...steady,
    agentId: 'grove-m2q8s5',
    name: 'Grove',
    conduct: 'refuses_tokens',
    runs: since(-hour, '2.7.6-stable'),
  },
  { ...steady, agentId: 'harbor-c9g4k7', name: 'Harbor', conduct: 'stopped', runs: [] },
  {
    ...steady,
    agentId: 'iris-p3t7y6',
    name: 'Iris',
    runs: since(-hour, '2.9.33-stable'),
    outages,
    requestsPerSecond: 1,
  },
];

/** Agents whose address is probed as a public one, too: one that answers, and one that refuses. */
export const probedAgents: readonly string[] = ['dune-h5j9n2', 'harbor-c9g4k7'];

const inGroup = (group: keyof typeof phaseBegins): readonly AgentScript[] =>
  demoAgents.filter(({ canaryGroup }) => canaryGroup === group);

const rollout: ScriptedDeployment = {
  id: '5f0c8a52-5a0e-4c1b-9d3f-0d6e1a2b3c01',
  version: '2.9.33-stable',
  stagedAt: -600,
  launchedAt,
  phases: (['explorer', 'early_adopter', 'general'] as const).map((group) => ({
    phase: phaseOf[group],
    from: phaseBegins[group],
    until: phaseBegins[group] + phaseSeconds,
    agents: inGroup(group),
  })),
  agentsTotal: 8,
  end: { status: 'completed', at: rolloutEndsAt, timeIsNoted: true },
};

/** Two of the past, the one that goes through its phases while one watches, and one that is staged after it. */
export const demoDeployments: readonly ScriptedDeployment[] = [
  {
    id: '5f0c8a52-5a0e-4c1b-9d3f-0d6e1a2b3c02',
    version: '2.9.31-stable',
    stagedAt: -2 * day,
    phases: [],
    agentsTotal: 8,
    end: { status: 'rejected', at: -2 * day + 300, timeIsNoted: true },
  },
  {
    id: '5f0c8a52-5a0e-4c1b-9d3f-0d6e1a2b3c03',
    version: '2.9.32-stable',
    stagedAt: -day,
    launchedAt: -day + 60,
    phases: [{ phase: 'explorers', from: -day + 60, until: -day + 960, agents: inGroup('explorer') }],
    agentsTotal: 8,
    end: { status: 'failed', at: -day + 960, timeIsNoted: false },
  },
  rollout,
  {
    id: '5f0c8a52-5a0e-4c1b-9d3f-0d6e1a2b3c04',
    version: '2.9.34-stable',
    stagedAt: rolloutEndsAt + 30,
    phases: [],
    agentsTotal: 10,
  },
];

/** So many agents that work without any event, of all versions in turn: for benches and tests. */
export function steadyAgents(count: number): readonly AgentScript[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(4, '0');
    return {
      ...steady,
      agentId: `steady-${number}`,
      name: `Steady ${number}`,
      runs: since(-hour, agentVersions[index % agentVersions.length] ?? '2.9.33-stable'),
    };
  });
}
