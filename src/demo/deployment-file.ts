import {
  type DeploymentFigures,
  deploymentAt,
  phaseSteps,
  type ScriptedDeployment,
  type ScriptedPhase,
  worksAfter,
} from './deployment-script.ts';
import { type Epoch, imageOf } from './registry-file.ts';
import type { Seconds } from './script.ts';
import { pythonTime } from './shapes/moment.ts';

/** The manager's `deployment_state.json` as it stands at a moment, without the time of its writing. */
export function deploymentStateAt(
  deployments: readonly ScriptedDeployment[],
  seconds: Seconds,
  epoch: Epoch,
) {
  const records = deployments.flatMap((deployment) => {
    const figures = deploymentAt(deployment, seconds);
    return figures === undefined ? [] : [recordOf(deployment, figures, { seconds, epoch })];
  });
  const byId = (some: typeof records) =>
    Object.fromEntries(some.map((record) => [record.deployment_id, record]));
  const current = records.find(({ status }) => status === 'in_progress');
  return {
    deployments: byId(records.filter(({ status }) => status !== 'pending')),
    pending_deployments: byId(records.filter(({ status }) => status === 'pending')),
    current_deployment: current?.deployment_id ?? null,
  };
}

interface When {
  readonly seconds: Seconds;
  readonly epoch: Epoch;
}

function recordOf(deployment: ScriptedDeployment, figures: DeploymentFigures, when: When) {
  const { id, version, stagedAt, launchedAt, phases, end } = deployment;
  const { seconds, epoch } = when;
  const at = (moment: Seconds | undefined): string | null =>
    moment === undefined || moment > seconds ? null : pythonTime(epoch.startedAt + moment * 1000);
  return {
    deployment_id: id,
    notification: notificationOf(version),
    agents_total: deployment.agentsTotal,
    agents_updated: figures.updated,
    agents_deferred: 0,
    agents_failed: 0,
    canary_phase: figures.phase ?? null,
    started_at: at(launchedAt),
    staged_at: at(stagedAt),
    completed_at: end?.timeIsNoted === true ? at(end.at) : null,
    status: figures.status,
    message: `Simulated rollout of ${version}`,
    events: eventsOf(deployment, when),
    strategy: 'canary',
    updated_at: null,
    agents_pending_restart: Object.keys(figures.inProgress),
    agents_in_progress: figures.inProgress,
    canary_assignments:
      figures.phase === undefined
        ? null
        : { explorers: [], early_adopters: [], general: [], ...assignmentsOf(phases) },
  };
}

const notificationOf = (version: string) => ({
  agent_image: imageOf(version),
  gui_image: null,
  nginx_image: null,
  message: `Simulated rollout of ${version}`,
  strategy: 'canary',
  metadata: {},
  source: 'demo',
  commit_sha: null,
  version,
  changelog: null,
  risk_level: 'low',
});

const assignmentsOf = (phases: readonly ScriptedPhase[]) =>
  Object.fromEntries(phases.map(({ phase, agents }) => [phase, agents.map(({ agentId }) => agentId)]));

/** What the manager writes of phases in its events of stable agents, and only there. */
const otherSpellings = {
  explorers: 'explorer',
  early_adopters: 'early adopter',
  general: 'general',
} as const;

interface DeploymentEvent {
  readonly at: Seconds;
  readonly type: 'staged' | 'agent_stable' | 'phase_complete';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Of the phases only those events that a good end brings; general has no event of its completion. */
function eventsOf(deployment: ScriptedDeployment, { seconds, epoch }: When) {
  const { stagedAt, agentsTotal, version, phases, end } = deployment;
  const good = end?.status === 'completed' ? phases : [];
  const staged: DeploymentEvent = {
    at: stagedAt,
    type: 'staged',
    message: 'Staged (simulated)',
    details: { affected_agents: agentsTotal, gui_update: false },
  };
  return [staged, ...good.flatMap((phase) => phaseEvents(phase, version))]
    .filter(({ at }) => at <= seconds)
    .map(({ at, ...event }) => ({ timestamp: pythonTime(epoch.startedAt + at * 1000), ...event }));
}

function phaseEvents({ phase, until, agents }: ScriptedPhase, version: string): readonly DeploymentEvent[] {
  const agentId = agents[0]?.agentId;
  if (agentId === undefined) return [];
  const stable: DeploymentEvent = {
    at: until,
    type: 'agent_stable',
    message: 'An agent works steadily (simulated)',
    // The time is that of working steadily, whatever its name says.
    details: {
      agent_id: agentId,
      phase: otherSpellings[phase],
      time_to_work: phaseSteps.stable / 60,
      version,
      telemetry_checked: true,
    },
  };
  if (phase === 'general') return [stable];
  const results = {
    successful_agent: agentId,
    time_to_work_minutes: worksAfter / 60,
    stability_duration_minutes: phaseSteps.stable / 60,
    version,
    telemetry_available: true,
  };
  const message = 'A phase is over (simulated)';
  return [stable, { at: until, type: 'phase_complete', message, details: { phase, results } }];
}
