import type { Micros } from '../../metric/time.ts';

export const deploymentStatuses = [
  'pending',
  'in_progress',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'rejected',
  'rolling_back',
  'rolled_back',
  'rollback_proposed',
  'rollback_failed',
  'unknown',
] as const;
export type DeploymentStatus = (typeof deploymentStatuses)[number];

export const deploymentPhases = ['explorers', 'early_adopters', 'general', 'single', 'unknown'] as const;
export type DeploymentPhase = (typeof deploymentPhases)[number];

export const agentCounts = [
  'total',
  'assigned',
  'updated',
  'failed',
  'in_progress',
  'pending_restart',
] as const;
export type AgentCount = (typeof agentCounts)[number];

/** What the manager's audit log notes of one deployment; undefined where lines of it may not have been read. */
export interface AuditCounts {
  readonly refusals: number | undefined;
  readonly errors: number | undefined;
  readonly skips: number | undefined;
  readonly serviceTokenUses: number | undefined;
  readonly rollbackProposed: boolean | undefined;
}

/** What one collection knows of one deployment; what it does not know is undefined. */
export interface DeploymentSample {
  readonly id: string;
  /** Which source said all this: `manager_api`, `deployment_state` or `host_deployments`. */
  readonly source: string;
  readonly status: DeploymentStatus | undefined;
  /** Undefined also where a deployment has no phases. */
  readonly phase: DeploymentPhase | undefined;
  readonly strategy: string | undefined;
  readonly riskLevel: string | undefined;
  readonly version: string | undefined;
  /** Who sent the notification, such as `github-actions`. */
  readonly notifier: string | undefined;
  readonly agentImage: string | undefined;
  readonly guiImage: string | undefined;
  readonly nginxImage: string | undefined;
  /** The oldest deployment of the same notification, where this one is a copy. */
  readonly originId: string | undefined;
  readonly agents: Readonly<Partial<Record<AgentCount, number>>>;
  readonly durationSeconds: number | undefined;
  readonly stagedAt: Micros | undefined;
  readonly startedAt: Micros | undefined;
  /** Undefined also while it has not ended. */
  readonly completedAt: Micros | undefined;
  readonly isDoubtful: boolean | undefined;
  readonly audit: AuditCounts | undefined;
}
