import type { Micros } from '../../metric/time.ts';
import type { AgentEnvironment } from './agent-environment.ts';
import { cpuSecondsOf } from './cpu-usage.ts';
import type { DiskFigures } from './disk-figures.ts';
import type { Engine, Traits } from './engine.ts';
import type { KnownContainer, OurTimes } from './known-container.ts';
import { type ListedContainer, labelOf } from './list-answer.ts';
import { memoryFiguresOf } from './memory-figures.ts';
import type { Traffic } from './network-counts.ts';
import { agentLabel, recognize } from './recognition.ts';
import type { ContainerFigures, ContainerSample, HealthState } from './sample.ts';
import type { Stats } from './stats-answer.ts';

/** All that one collection read of one container. */
export interface Readings {
  readonly serverId: string;
  /** Labels to show. */
  readonly labels: readonly string[];
  readonly engine: Engine;
  readonly time: Micros;
  readonly listed: ListedContainer;
  /** Undefined where the engine did not give the details. */
  readonly known: KnownContainer | undefined;
  /** Undefined where it could never be read. */
  readonly environment: AgentEnvironment | undefined;
  /** Undefined where the container does not run, or the engine did not give its figures. */
  readonly stats: Stats | undefined;
  readonly cpuCores: number | undefined;
  /** Over all interfaces that the container has or had. */
  readonly traffic: Traffic | undefined;
  /** Through all devices that it uses or used. */
  readonly disk: DiskFigures | undefined;
}

/** Puts together what one collection read of one container. */
export function containerSampleOf(readings: Readings): ContainerSample {
  const { listed, known, time } = readings;
  const details = known?.details;
  const hasEnded = listed.state === 'exited' || listed.state === 'dead';
  const times = timesOf(known, time);
  // What started after the snapshot was begun did not run at its time: its figures belong to the next one.
  const stats = known?.startedAt === times.startedAt ? readings.stats : undefined;
  const names = {
    name: listed.name ?? details?.name,
    imageName: details?.imageName ?? listed.imageName,
  };
  return {
    serverId: readings.serverId,
    id: listed.id,
    ...names,
    imageId: listed.imageId,
    ...agentOf(readings, names),
    labels: pick(listed.labels, readings.labels),
    state: listed.state,
    health: healthOf(listed, known),
    ...times,
    uptimeSeconds: listed.state === 'running' ? uptimeOf(stats, known, time) : undefined,
    ...figuresOf(readings, stats),
    restarts: details?.restarts,
    exitCode: hasEnded ? details?.exitCode : undefined,
    oomKilled: hasEnded || listed.state === 'restarting' ? details?.oomKilled : undefined,
  };
}

/** What became of the container until the snapshot was begun. */
function timesOf(known: KnownContainer | undefined, time: Micros): OurTimes {
  const past = (then: Micros | undefined) => (then === undefined || then > time ? undefined : then);
  return {
    createdAt: past(known?.createdAt),
    startedAt: past(known?.startedAt),
    finishedAt: past(known?.finishedAt),
  };
}

type Names = Pick<ContainerSample, 'name' | 'imageName'>;
type AgentSample = Pick<
  ContainerSample,
  'agentId' | 'recognizedBy' | 'occurrenceId' | 'template' | 'mockLlm'
>;

function agentOf({ listed, environment }: Readings, { name, imageName }: Names): AgentSample {
  const label = labelOf(listed.labels, agentLabel);
  const recognition = recognize({ environment, label, name, imageName });
  const told = recognition === undefined ? undefined : environment;
  return {
    agentId: recognition?.agentId,
    recognizedBy: recognition?.by,
    occurrenceId: told?.occurrenceId,
    template: told?.template,
    mockLlm: told?.mockLlm,
  };
}

function figuresOf(
  { engine, listed, known, cpuCores, traffic, disk }: Readings,
  stats: Stats | undefined,
): ContainerFigures {
  const cpu = cpuSecondsOf(stats?.cpu, engine.traits);
  const memory = memoryFiguresOf(stats?.memory, engine, known?.details.memoryLimitBytes);
  const networkMode = known?.details.networkMode ?? listed.networkMode;
  // Whose interfaces they are cannot be told where nothing was heard of the mode.
  const isHeard = known !== undefined || networkMode !== undefined;
  const isCounted = stats?.interfaces !== undefined && isHeard && ownsNetwork(engine.traits, networkMode);
  const network = isCounted ? traffic : undefined;
  const isUsed = stats !== undefined && stats.disk.length > 0;
  return {
    cpuUserSeconds: cpu.user,
    cpuSystemSeconds: cpu.system,
    cpuCores: stats === undefined ? undefined : cpuCores,
    memoryUsageBytes: memory.usageBytes,
    memoryWorkingSetBytes: memory.workingSetBytes,
    memoryAvailableBytes: memory.availableBytes,
    memoryLimitBytes: memory.limitBytes,
    diskReadBytes: isUsed ? disk?.readBytes : undefined,
    diskWriteBytes: isUsed ? disk?.writeBytes : undefined,
    networkReceiveBytes: network?.receiveBytes,
    networkTransmitBytes: network?.transmitBytes,
    pids: stats?.pids,
  };
}

/** What the list says is newer than the details, and says nothing of containers that do not run. */
function healthOf(
  { state, health }: ListedContainer,
  known: KnownContainer | undefined,
): HealthState | undefined {
  if (state !== 'running' || health === 'none') return undefined;
  return health ?? (known?.details.hasHealthcheck === true ? known.details.health : undefined);
}

/** By the engine's clock where it says when it read the figures, so that a difference of clocks does not matter. */
function uptimeOf(
  stats: Stats | undefined,
  known: KnownContainer | undefined,
  time: Micros,
): number | undefined {
  if (known?.startedAt === undefined) return undefined;
  const start = stats?.readAt === undefined ? known.startedAt : known.details.startedAt;
  if (start === undefined) return undefined;
  const seconds = ((stats?.readAt ?? time) - start) / 1e6;
  return seconds < 0 ? undefined : seconds;
}

/** Engines give the figures of a network namespace once for each container in it: those of its owner are enough. */
function ownsNetwork({ network }: Traits, mode: string | undefined): boolean {
  if (network === 'on_bridges') return mode === 'bridge';
  return network === 'unless_shared' && !/^(container|ns):/.test(mode ?? '');
}

function pick(labels: ListedContainer['labels'], names: readonly string[]): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const text = labelOf(labels, name);
    if (text !== undefined) picked[name] = text;
  }
  return picked;
}
