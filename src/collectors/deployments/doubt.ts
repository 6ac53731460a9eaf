import type { Deployment } from './record.ts';

/**
 * Whether it is doubtful that a deployment was completed which is marked so: CIRISManager also marks one so that its own
 * end cut off. One by canary groups runs explorers, early adopters and then all others, leaves out a group without agents,
 * and touches only agents that are assigned. Undefined where it cannot be told.
 */
export function isDoubtful(deployment: Deployment): boolean | undefined {
  if (deployment.status !== 'completed') return undefined;
  if (deployment.strategy === 'immediate') return lacks(deployment, given(deployment.agentsTotal));
  if (!isCanary(deployment)) return undefined;
  const verdicts = [stoppedEarly(deployment), lacks(deployment, assignedIn(deployment))];
  if (verdicts.includes(true)) return true;
  return verdicts.includes(undefined) ? undefined : false;
}

function isCanary({ phase, strategy, assigned }: Deployment): boolean {
  if (phase === 'single') return false;
  const hasPhases = typeof phase === 'string' || (typeof assigned === 'object' && assigned !== null);
  return strategy === 'canary' || hasPhases;
}

function stoppedEarly({ phase, assigned }: Deployment): boolean | undefined {
  if (typeof phase !== 'string' || phase === 'unknown' || assigned === undefined) return undefined;
  return phase !== lastPhase(assigned);
}

function lastPhase(assigned: Deployment['assigned']): string {
  if (assigned === null || assigned === undefined || assigned.general > 0) return 'general';
  return assigned.earlyAdopters > 0 ? 'early_adopters' : 'explorers';
}

function lacks({ agentsUpdated, agentsFailed }: Deployment, due: number | undefined): boolean | undefined {
  if (typeof agentsUpdated !== 'number' || typeof agentsFailed !== 'number' || due === undefined) {
    return undefined;
  }
  return agentsUpdated + agentsFailed < due;
}

const given = (count: number | null | undefined): number | undefined => count ?? undefined;

/** Agents in canary groups; undefined where none were assigned. */
export function assignedIn({ assigned }: Deployment): number | undefined {
  if (assigned === null || assigned === undefined) return undefined;
  return assigned.explorers + assigned.earlyAdopters + assigned.general;
}
