import type { Micros } from '../../metric/time.ts';

export const containerStates = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
  'unknown',
] as const;
export type ContainerState = (typeof containerStates)[number];

export const healthStates = ['starting', 'healthy', 'unhealthy'] as const;
export type HealthState = (typeof healthStates)[number];

/** The signs of an agent that a container can show, the surest first. */
export type RecognizedBy = 'environment' | 'label' | 'name';

/** What a container that runs has used so far; what is not known is undefined. */
export interface ContainerFigures {
  readonly cpuUserSeconds: number | undefined;
  readonly cpuSystemSeconds: number | undefined;
  /** Cores in use on average since the previous collection. */
  readonly cpuCores: number | undefined;
  readonly memoryUsageBytes: number | undefined;
  readonly memoryWorkingSetBytes: number | undefined;
  readonly memoryAvailableBytes: number | undefined;
  readonly memoryLimitBytes: number | undefined;
  readonly diskReadBytes: number | undefined;
  readonly diskWriteBytes: number | undefined;
  readonly networkReceiveBytes: number | undefined;
  readonly networkTransmitBytes: number | undefined;
  readonly pids: number | undefined;
}

/** What one collection knows of one container; what it does not know is undefined. */
export interface ContainerSample extends ContainerFigures {
  readonly serverId: string;
  readonly id: string;
  readonly name: string | undefined;
  readonly imageName: string | undefined;
  readonly imageId: string | undefined;
  /** Undefined where it is no agent's, and then so are the four below. */
  readonly agentId: string | undefined;
  readonly recognizedBy: RecognizedBy | undefined;
  readonly occurrenceId: string | undefined;
  readonly template: string | undefined;
  readonly mockLlm: boolean | undefined;
  /** The allowed labels only. */
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState | undefined;
  /** Undefined also where the container has no healthcheck. */
  readonly health: HealthState | undefined;
  /** By our clock, like the two below. */
  readonly createdAt: Micros | undefined;
  readonly startedAt: Micros | undefined;
  /** The end of its last run that is over. */
  readonly finishedAt: Micros | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly restarts: number | undefined;
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean | undefined;
}

/** What one collection knows of one Docker host. */
export interface ServerSample {
  readonly serverId: string;
  readonly up: boolean;
  /** Why the engine could not be read; undefined while it can. */
  readonly errorType: string | undefined;
  readonly engineName: string | undefined;
  readonly engineVersion: string | undefined;
  readonly apiVersion: string | undefined;
  readonly hostName: string | undefined;
  /** Seconds the engine took to list its containers. */
  readonly responseSeconds: number | undefined;
  /** Containers by state; undefined when the list could not be read. */
  readonly containers: Readonly<Record<ContainerState, number>> | undefined;
}
