import type { Micros } from '../../metric/time.ts';
import { assignedIn, isDoubtful } from './doubt.ts';
import { hasEnded, isRollback, isRunning } from './lifetime.ts';
import type { Deployment } from './record.ts';
import type { AuditCounts, DeploymentSample } from './sample.ts';

export interface SampleContext {
  readonly source: string;
  readonly time: Micros;
  /** Whether the source was read at this time: what ran when it was last read may long have ended. */
  readonly isFresh: boolean;
  readonly originId: string | undefined;
  readonly audit: AuditCounts | undefined;
}

export function sampleOf(deployment: Deployment, context: SampleContext): DeploymentSample {
  return {
    id: deployment.id,
    source: context.source,
    status: deployment.status,
    phase: deployment.phase,
    strategy: given(deployment.strategy),
    riskLevel: given(deployment.riskLevel),
    version: given(deployment.version),
    notifier: given(deployment.notifier),
    agentImage: given(deployment.agentImage),
    guiImage: given(deployment.guiImage),
    nginxImage: given(deployment.nginxImage),
    originId: context.originId,
    agents: agentsOf(deployment),
    durationSeconds: secondsOf(deployment, context),
    stagedAt: given(deployment.stagedAt),
    startedAt: given(deployment.startedAt),
    completedAt: endOf(deployment),
    isDoubtful: isDoubtful(deployment),
    audit: context.audit,
  };
}

const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

function agentsOf(deployment: Deployment): DeploymentSample['agents'] {
  const { agentsTotal, agentsUpdated, agentsFailed, agentsInProgress, agentsPendingRestart } = deployment;
  const isUnderWay = isRunning(deployment) || deployment.status === 'pending';
  const counts = {
    total: agentsTotal,
    assigned: assignedIn(deployment),
    updated: agentsUpdated,
    failed: agentsFailed,
    // Once it has ended these may be left over for ever.
    in_progress: isUnderWay ? agentsInProgress : undefined,
    pending_restart: isUnderWay ? agentsPendingRestart : undefined,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => typeof count === 'number'));
}

function endOf(deployment: Deployment): Micros | undefined {
  return hasEnded(deployment) && !isRollback(deployment) ? given(deployment.completedAt) : undefined;
}

/** Clocks of two hosts differ a little. */
const clockSlack: Micros = 60 * 1e6;

function secondsOf(deployment: Deployment, { time, isFresh }: SampleContext): number | undefined {
  const { startedAt } = deployment;
  if (typeof startedAt !== 'number') return undefined;
  if (isRunning(deployment) && !isRollback(deployment)) {
    return isFresh && startedAt <= time + clockSlack ? Math.max(0, time - startedAt) / 1e6 : undefined;
  }
  // One that was cancelled goes on, and nobody notes when that comes to its end.
  const end = deployment.status === 'cancelled' ? undefined : endOf(deployment);
  return end === undefined || end < startedAt ? undefined : (end - startedAt) / 1e6;
}
