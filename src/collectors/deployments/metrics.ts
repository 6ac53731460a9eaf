import { entityOf } from '../../metric/define.ts';
import type { Micros } from '../../metric/time.ts';
import { type AgentCount, type DeploymentSample, deploymentPhases, deploymentStatuses } from './sample.ts';

const { entity, gauge, stateset } = entityOf<DeploymentSample>();

const agents = (count: AgentCount) =>
  gauge({
    name: 'ciris.deployment.agents',
    with: { 'ciris.deployment.agent.state': count },
    unit: '{agent}',
    value: 'int',
    brief:
      'Agents of the deployment as the manager counts them; they overlap, so do not add them up. updated: given a new container, twice if restarted late; failed: also those skipped for maintenance; total: also those in no canary group, which are never touched; in_progress and pending_restart: until it has ended.',
    read: (d) => d.agents[count],
  });

const seconds = (time: Micros | undefined): number | undefined =>
  time === undefined ? undefined : time / 1e6;

const yesOrNo = (answer: boolean | undefined): number | undefined =>
  answer === undefined ? undefined : Number(answer);

/** A deployment that CIRISManager has staged, runs, or has ended not long ago. */
export const deployment = entity({
  name: 'deployment',
  brief: 'A deployment that CIRISManager has staged, runs, or has ended not long ago.',
  identity: {
    'ciris.deployment.id': { brief: 'Id of the deployment.', read: (d: DeploymentSample) => d.id },
  },
  info: {
    'ciris.deployment.image.agent': { brief: 'Agent image to deploy.', read: (d) => d.agentImage },
    'ciris.deployment.image.gui': { brief: 'GUI image to deploy.', read: (d) => d.guiImage },
    'ciris.deployment.image.nginx': { brief: 'nginx image to deploy.', read: (d) => d.nginxImage },
    'ciris.deployment.version': { brief: 'Version that the notification names.', read: (d) => d.version },
    'ciris.deployment.strategy': {
      brief: 'How it is rolled out: canary, immediate, manual or docker.',
      read: (d) => d.strategy,
    },
    'ciris.deployment.risk_level': {
      brief: 'Risk that the notification names.',
      read: (d) => d.riskLevel,
    },
    'ciris.deployment.notifier': {
      brief: 'Who sent the notification, such as github-actions.',
      read: (d) => d.notifier,
    },
    'ciris.deployment.origin.id': {
      brief: 'Oldest deployment of the same notification; absent where this is no copy.',
      read: (d) => d.originId,
    },
    'ciris.source': { brief: 'Source that said all this.', read: (d) => d.source },
  },
  metrics: {
    status: stateset({
      name: 'ciris.deployment.status',
      brief:
        'Status of the deployment; a cancelled or paused one may go on, and one rolled back has changed no agent.',
      states: deploymentStatuses,
      read: (d) => d.status,
    }),
    phase: stateset({
      name: 'ciris.deployment.phase',
      brief: 'Phase that a deployment in phases has come to; it stays after the end.',
      states: deploymentPhases,
      read: (d) => d.phase,
    }),
    agentsTotal: agents('total'),
    agentsAssigned: agents('assigned'),
    agentsUpdated: agents('updated'),
    agentsFailed: agents('failed'),
    agentsInProgress: agents('in_progress'),
    agentsPendingRestart: agents('pending_restart'),
    duration: gauge({
      name: 'ciris.deployment.duration',
      unit: 's',
      value: 'double',
      brief:
        'Time since the start while it runs, else from start to end; absent where no end is noted, after a rollback, which overwrites it, and where it was cancelled, for it goes on.',
      read: (d) => d.durationSeconds,
    }),
    stagedAt: gauge({
      name: 'ciris.deployment.staged_at',
      unit: 's',
      value: 'double',
      brief: 'When it was staged, in seconds since the epoch.',
      read: (d) => seconds(d.stagedAt),
    }),
    startedAt: gauge({
      name: 'ciris.deployment.started_at',
      unit: 's',
      value: 'double',
      brief: 'When it was started, in seconds since the epoch.',
      read: (d) => seconds(d.startedAt),
    }),
    completedAt: gauge({
      name: 'ciris.deployment.completed_at',
      unit: 's',
      value: 'double',
      brief:
        'When it ended, well or not, or was cancelled, in seconds since the epoch; absent where no end is noted, and after a rollback, which overwrites it.',
      read: (d) => seconds(d.completedAt),
    }),
    doubtful: gauge({
      name: 'ciris.deployment.doubtful',
      unit: '',
      value: 'int',
      brief:
        'Whether a deployment marked completed stopped before its last phase, or updated and failed fewer agents than were assigned to phases, or than there were without phases (1), or not (0).',
      read: (d) => yesOrNo(d.isDoubtful),
    }),
    refusals: gauge({
      name: 'ciris.deployment.refusals',
      unit: '{refusal}',
      value: 'int',
      brief: 'Times that an agent refused the update, as the audit log notes.',
      read: (d) => d.audit?.refusals,
    }),
    updateErrors: gauge({
      name: 'ciris.deployment.update.errors',
      unit: '{error}',
      value: 'int',
      brief: 'Times that asking an agent to update failed, as the audit log notes.',
      read: (d) => d.audit?.errors,
    }),
    maintenanceSkips: gauge({
      name: 'ciris.deployment.maintenance.skips',
      unit: '{skip}',
      value: 'int',
      brief: 'Times that an agent in maintenance was passed over, as the audit log notes.',
      read: (d) => d.audit?.skips,
    }),
    serviceTokenUses: gauge({
      name: 'ciris.deployment.service_token.uses',
      unit: '{use}',
      value: 'int',
      brief: 'Times that the manager used the token of an agent, as the audit log notes.',
      read: (d) => d.audit?.serviceTokenUses,
    }),
    rollbackProposed: gauge({
      name: 'ciris.deployment.rollback.proposed',
      unit: '',
      value: 'int',
      brief:
        'Whether the audit log notes that a rollback was proposed (1) or not (0); the status hardly ever shows it.',
      read: (d) => yesOrNo(d.audit?.rollbackProposed),
    }),
  },
});
