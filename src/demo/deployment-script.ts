import {
  type AgentScript,
  type CanaryGroup,
  farewell,
  type ScriptedRun,
  type Seconds,
  startUp,
} from './script.ts';
import type { AgentVersion } from './shapes/versions.ts';

export type Phase = 'explorers' | 'early_adopters' | 'general';
export type Status = 'pending' | 'in_progress' | 'completed' | 'failed' | 'rejected';

/** One canary phase: all of its agents are asked to stop when it begins. */
export interface ScriptedPhase {
  readonly phase: Phase;
  readonly from: Seconds;
  readonly until: Seconds;
  readonly agents: readonly AgentScript[];
}

/** Everything that is ever true of one rollout. */
export interface ScriptedDeployment {
  readonly id: string;
  /** Of the image; need not be one that is simulated. */
  readonly version: string;
  readonly stagedAt: Seconds;
  readonly launchedAt?: Seconds;
  readonly phases: readonly ScriptedPhase[];
  /** Running agents that have another version, also those of no phase, which the rollout never comes to. */
  readonly agentsTotal: number;
  readonly end?: {
    readonly status: 'completed' | 'failed' | 'rejected';
    readonly at: Seconds;
    /** The manager often leaves the time out when a phase failed. */
    readonly timeIsNoted: boolean;
  };
}

export type AgentProgress = 'waiting_for_shutdown' | 'restarting';

/** What is true of a rollout at one moment. */
export interface DeploymentFigures {
  readonly status: Status;
  /** Stays at the last one after the end. */
  readonly phase: Phase | undefined;
  /** Containers that were made anew. */
  readonly updated: number;
  /** By agent id, as the manager keeps it: two occurrences share a place. */
  readonly inProgress: Readonly<Record<string, AgentProgress>>;
}

/** Seconds of a phase: a process needs `farewell` to stop and `startUp.awake` to wake up, and must then work for a while. */
export const phaseSteps = { wakeup: 8, stable: 2 } as const;

/** When an agent of a phase that begins at 0 works again, and when the phase is over. */
export const worksAfter = farewell + startUp.awake + phaseSteps.wakeup;
export const phaseSeconds = worksAfter + phaseSteps.stable;

export const phaseOf: Readonly<Record<CanaryGroup, Phase>> = {
  explorer: 'explorers',
  early_adopter: 'early_adopters',
  general: 'general',
};

/** The lives of an agent that is brought from one version to the next by a phase that begins at a time. */
export function upgradedRuns(
  before: Omit<ScriptedRun, 'until'>,
  to: AgentVersion,
  phaseFrom: Seconds,
): readonly ScriptedRun[] {
  const from = phaseFrom + farewell;
  return [
    { ...before, until: from },
    { from, version: to, wakeup: phaseSteps.wakeup },
  ];
}

/** What is true of a rollout; undefined before it is staged. */
export function deploymentAt(
  deployment: ScriptedDeployment,
  seconds: Seconds,
): DeploymentFigures | undefined {
  if (seconds < deployment.stagedAt) return undefined;
  const begun = deployment.phases.filter(({ from }) => from <= seconds);
  const { launchedAt, end } = deployment;
  const isLaunched = launchedAt !== undefined && launchedAt <= seconds;
  const isOver = end !== undefined && end.at <= seconds;
  return {
    status: isOver ? end.status : isLaunched ? 'in_progress' : 'pending',
    phase: isLaunched ? (begun.at(-1)?.phase ?? 'explorers') : undefined,
    updated: begun
      .filter(({ from }) => from + farewell <= seconds)
      .reduce((sum, { agents }) => sum + agents.length, 0),
    inProgress: isOver ? {} : inProgressOf(begun.at(-1), seconds),
  };
}

function inProgressOf(phase: ScriptedPhase | undefined, seconds: Seconds): DeploymentFigures['inProgress'] {
  if (phase === undefined || phase.from + farewell + startUp.listens <= seconds) return {};
  const progress = seconds < phase.from + farewell ? 'waiting_for_shutdown' : 'restarting';
  return Object.fromEntries(phase.agents.map(({ agentId }) => [agentId, progress]));
}
