import { deploymentAt, type ScriptedDeployment, type ScriptedPhase } from './deployment-script.ts';
import type { Epoch } from './registry-file.ts';
import type { Seconds } from './script.ts';
import { pythonTime } from './shapes/moment.ts';

interface AuditEntry {
  readonly at: Seconds;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** The lines of the manager's `audit.jsonl` at a moment, oldest first; later moments only add to them. */
export function auditAt(
  deployments: readonly ScriptedDeployment[],
  seconds: Seconds,
  { startedAt }: Epoch,
): readonly string[] {
  return deployments
    .flatMap(entriesOf)
    .filter(({ at }) => at <= seconds)
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, entry }) => JSON.stringify({ timestamp: pythonTime(startedAt + at * 1000), ...entry }));
}

function entriesOf(deployment: ScriptedDeployment): readonly AuditEntry[] {
  const { id, version, launchedAt, phases, agentsTotal } = deployment;
  const started = { strategy: 'canary', agent_count: agentsTotal, version, message: 'Simulated' };
  return [
    ...(launchedAt === undefined ? [] : [note(launchedAt, id, 'deployment_started', started)]),
    ...phases.flatMap((phase) => phaseEntries(id, phase)),
    ...endEntries(deployment),
  ];
}

const note = (
  at: Seconds,
  id: string,
  action: string,
  details: Readonly<Record<string, unknown>>,
  success?: boolean,
): AuditEntry => ({
  at,
  entry: {
    action,
    deployment_id: id,
    user: 'system',
    details,
    ...(success === undefined ? {} : { success }),
  },
});

function phaseEntries(id: string, { phase, from, agents }: ScriptedPhase): readonly AuditEntry[] {
  return [
    note(from, id, 'canary_phase_started', { phase, agent_count: agents.length }),
    ...agents.flatMap(({ agentId }) => [
      tokenUse(from, id, agentId),
      note(from, id, 'shutdown_requested', { agent_id: agentId, reason: 'Simulated' }),
      note(from, id, 'shutdown_notified', { agent_id: agentId, note: 'Simulated' }, true),
    ]),
  ];
}

/** Written in a form of its own, with the id of the rollout in its action. */
const tokenUse = (at: Seconds, id: string, agentId: string): AuditEntry => ({
  at,
  entry: {
    type: 'service_token_use',
    agent_id: agentId,
    action: `deployment_${id}`,
    success: true,
    details: { deployment_id: id },
  },
});

function endEntries(deployment: ScriptedDeployment): readonly AuditEntry[] {
  const { id, end, launchedAt = 0 } = deployment;
  if (end === undefined) return [];
  const { at } = end;
  const { updated = 0, phase } = deploymentAt(deployment, at) ?? {};
  switch (end.status) {
    case 'rejected':
      return [note(at, id, 'reject', { reason: 'Simulated' })];
    case 'failed':
      return [
        note(at, id, 'rollback_proposed', { reason: 'Simulated', affected_agents: updated }),
        note(at, id, 'canary_phase_failed', { phase, reason: 'no_stable_work_state' }),
      ];
    case 'completed': {
      const counts = { agents_updated: updated, agents_deferred: 0, agents_failed: 0 };
      return [note(at, id, 'deployment_completed', { ...counts, duration_seconds: at - launchedAt }, true)];
    }
  }
}
