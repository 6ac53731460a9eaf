import type { Micros } from '../../metric/time.ts';
import type { Deployment } from './record.ts';
import type { DeploymentStatus } from './sample.ts';

const ends: ReadonlySet<DeploymentStatus> = new Set([
  'completed',
  'failed',
  'cancelled',
  'rejected',
  'rolled_back',
  'rollback_failed',
]);
const runs: ReadonlySet<DeploymentStatus> = new Set([
  'in_progress',
  'paused',
  'rolling_back',
  'rollback_proposed',
]);

/** A rollback begins and ends when somebody asks for it, long after the deployment itself has ended, whose end it overwrites. */
const rollbacks: ReadonlySet<DeploymentStatus> = new Set(['rolling_back', 'rolled_back', 'rollback_failed']);

export const hasEnded = ({ status }: Deployment): boolean => status !== undefined && ends.has(status);

export const isRunning = ({ status }: Deployment): boolean => status !== undefined && runs.has(status);

export const isRollback = ({ status }: Deployment): boolean => status !== undefined && rollbacks.has(status);

/** When something was last noted of it; the end of what has failed is often not noted. */
export function lastNoted({ completedAt, lastEventAt, startedAt, stagedAt }: Deployment): Micros | undefined {
  const times = [lastEventAt, startedAt, stagedAt].filter((time) => typeof time === 'number');
  return completedAt ?? (times.length === 0 ? undefined : Math.max(...times));
}

/** Whether it has not ended, or not longer ago than it is kept. */
export function isShown(
  deployment: Deployment,
  { time, keep }: { readonly time: Micros; readonly keep: Micros },
): boolean {
  if (!hasEnded(deployment)) return true;
  const noted = lastNoted(deployment);
  return noted !== undefined && time - noted <= keep;
}

/** Those to show, at most so many: first what has not ended, then the newest. */
export function selectShown(
  deployments: readonly Deployment[],
  { time, keep, most }: { readonly time: Micros; readonly keep: Micros; readonly most: number },
): readonly Deployment[] {
  return deployments
    .filter((deployment) => isShown(deployment, { time, keep }))
    .sort((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)) || (lastNoted(b) ?? 0) - (lastNoted(a) ?? 0))
    .slice(0, most);
}
