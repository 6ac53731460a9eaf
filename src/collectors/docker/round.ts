import { isDeepStrictEqual } from 'node:util';
import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import type { Finding, Problem } from '../collector.ts';
import type { AgentEnvironment } from './agent-environment.ts';
import type { BlockDevices } from './block-devices.ts';
import type { EngineClient } from './client.ts';
import type { Reply } from './connection.ts';
import { containerSampleOf } from './container-sample.ts';
import { type CpuReading, coresBetween } from './cpu-usage.ts';
import { type DiskCounts, diskCountsAfter, diskTotalOf } from './disk-counts.ts';
import { type DiskFigures, stackFiguresOf } from './disk-figures.ts';
import type { Engine } from './engine.ts';
import { heardIn, timeByOurClock } from './engine-clock.ts';
import { readDetails } from './inspect-answer.ts';
import { doubted, hasStartedAnew, isOutdated, type KnownContainer, knownFrom } from './known-container.ts';
import { type ListedContainer, labelOf } from './list-answer.ts';
import { countsAfter, type NetworkCounts, type Traffic, totalOf } from './network-counts.ts';
import { agentLabel, findConflict } from './recognition.ts';
import type { ContainerSample } from './sample.ts';
import { readStats, type Stats } from './stats-answer.ts';

/** What one collection leaves for the next one. */
export interface Memory {
  /** By the engine's clock. */
  readonly listedAt: Micros;
  readonly known: ReadonlyMap<string, KnownContainer>;
  /** Kept where the details could not be read again: it never changes, and without it a container is another agent. */
  readonly environments: ReadonlyMap<string, AgentEnvironment>;
  readonly cpu: ReadonlyMap<string, CpuReading>;
  readonly network: ReadonlyMap<string, NetworkCounts>;
  readonly disk: ReadonlyMap<string, DiskCounts>;
}

export const emptyMemory: Memory = {
  listedAt: 0,
  known: new Map(),
  environments: new Map(),
  cpu: new Map(),
  network: new Map(),
  disk: new Map(),
};

/** After a collection that heard nothing of the containers: each may have ended or started anew, or gone on as it was. */
export function afterOutage(memory: Memory): Memory {
  const known = new Map([...memory.known].map(([id, each]) => [id, doubted(each)] as const));
  return { ...memory, known, cpu: new Map() };
}

export interface RoundOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly serverId: string;
  readonly labels: readonly string[];
  readonly engine: Engine;
  /** Those of the engine's host, where they can be looked at. */
  readonly devices: BlockDevices | undefined;
  readonly time: Micros;
  /** When the containers were listed, by the engine's clock. */
  readonly listedAt: Micros;
  readonly before: Memory;
  readonly signal: AbortSignal;
}

interface Reading {
  readonly stats: Stats;
  readonly cpu: CpuReading | undefined;
}

/** Families of figures that the set-up of a host can leave without accounting. */
export type Lack = 'memory' | 'CPU and memory';

/** A container that was removed, or just ended, since it was listed. */
const gone = Symbol('gone');

/** Reads the containers of one list. What cannot be read costs its own figures and is a problem, not a failure. */
export class Round {
  readonly #options: RoundOptions;
  readonly #known = new Map<string, KnownContainer>();
  readonly #environments = new Map<string, AgentEnvironment>();
  readonly #cpu = new Map<string, CpuReading>();
  readonly #network = new Map<string, NetworkCounts>();
  readonly #disk = new Map<string, DiskCounts>();
  readonly problems: Problem[] = [];
  readonly findings: Finding[] = [];
  /** What the engine left out of the figures of a container, without a fault. */
  readonly lacking = new Set<Lack>();

  constructor(options: RoundOptions) {
    this.#options = options;
  }

  get memory(): Memory {
    const { listedAt } = this.#options;
    return {
      listedAt,
      known: this.#known,
      environments: this.#environments,
      cpu: this.#cpu,
      network: this.#network,
      disk: this.#disk,
    };
  }

  /** Undefined when the container is gone. */
  async read(listed: ListedContainer): Promise<ContainerSample | undefined> {
    let known: KnownContainer | typeof gone | undefined = this.#recall(listed);
    if (this.#options.signal.aborted) {
      this.#note(
        'timeout',
        `${nameOf(listed)} was not asked for its figures before the collection's time was up`,
      );
      return this.#sampleOf(listed, known, undefined);
    }
    known ??= await this.#inspect(listed);
    if (known === gone) return undefined;
    const reading = hasFigures(listed, this.#options.engine) ? await this.#figuresOf(listed) : undefined;
    if (reading === gone) return undefined;
    if (isReset(this.#options.before.cpu.get(listed.id), reading?.cpu)) known = await this.#inspect(listed);
    if (known === gone) return undefined;
    return this.#sampleOf(listed, known, reading);
  }

  #sampleOf(
    listed: ListedContainer,
    known: KnownContainer | undefined,
    reading: Reading | undefined,
  ): ContainerSample {
    const { before } = this.#options;
    const { id } = listed;
    // What was read of an earlier run says nothing of this one.
    const isSameRun = known !== undefined && !hasStartedAnew(before.known.get(id), known.details);
    const cpuBefore = isSameRun ? before.cpu.get(id) : undefined;
    const cpuCores = reading?.cpu === undefined ? undefined : coresBetween(cpuBefore, reading.cpu);
    const traffic =
      known === undefined
        ? this.#trafficOfUnknownRun(id, reading)
        : this.#trafficOf(id, reading, isSameRun ? before.network.get(id) : undefined);
    const disk =
      known === undefined
        ? this.#diskOfUnknownRun(id, reading)
        : this.#diskOf(id, reading, isSameRun ? before.disk.get(id) : undefined);
    const environment = known?.details.environment ?? before.environments.get(id);
    if (environment !== undefined) this.#environments.set(id, environment);
    const stats = reading?.stats;
    const readings = { ...this.#options, listed, known, environment, stats, cpuCores, traffic, disk };
    const sample = containerSampleOf(readings);
    const conflict = findConflict(sample, labelOf(listed.labels, agentLabel));
    if (conflict !== undefined) this.findings.push(conflict);
    return sample;
  }

  #trafficOf(
    id: string,
    reading: Reading | undefined,
    before: NetworkCounts | undefined,
  ): Traffic | undefined {
    const counts = countsAfter(before, reading?.stats.interfaces ?? {});
    this.#network.set(id, counts);
    return totalOf(counts);
  }

  /** What went over earlier interfaces is kept for when the run can be told, and without it a count would fall. */
  #trafficOfUnknownRun(id: string, reading: Reading | undefined): Traffic | undefined {
    const kept = this.#options.before.network.get(id);
    if (kept === undefined) return totalOf(countsAfter(undefined, reading?.stats.interfaces ?? {}));
    this.#network.set(id, kept);
    return undefined;
  }

  #diskOf(id: string, reading: Reading | undefined, before: DiskCounts | undefined): DiskFigures {
    const stacks = stackFiguresOf(reading?.stats.disk ?? [], this.#options.devices);
    const counts = diskCountsAfter(before, stacks);
    this.#disk.set(id, counts);
    return diskTotalOf(counts);
  }

  /** As with interfaces, but that devices rarely go: where none has gone, it is all the same whether the run goes on. */
  #diskOfUnknownRun(id: string, reading: Reading | undefined): DiskFigures | undefined {
    const kept = this.#options.before.disk.get(id);
    const [anew, onward] = [undefined, kept].map((before) => this.#diskOf(id, reading, before));
    if (kept !== undefined) this.#disk.set(id, kept);
    return isDeepStrictEqual(anew, onward) ? anew : undefined;
  }

  /** What was known before, if the list does not speak against it. */
  #recall(listed: ListedContainer): KnownContainer | undefined {
    const { before, listedAt } = this.#options;
    const known = before.known.get(listed.id);
    const times = { listedAt, listedBefore: before.listedAt };
    if (known === undefined) return undefined;
    const isCurrent = !isOutdated(known, listed, times);
    this.#known.set(listed.id, isCurrent ? known : doubted(known));
    return isCurrent ? known : undefined;
  }

  async #inspect(listed: ListedContainer): Promise<KnownContainer | typeof gone | undefined> {
    const { client, clock, before, signal } = this.#options;
    const kept = this.#known.get(listed.id);
    if (kept !== undefined) this.#known.set(listed.id, doubted(kept));
    const reply = await this.#attempt(() => client.inspect(listed.id, signal));
    if (reply === undefined || reply === gone) return reply;
    const { data: details, problem } = readDetails(reply.body);
    if (problem !== undefined) {
      this.#note('parse', `the details of ${nameOf(listed)} could not be read: ${problem}`);
    }
    if (details === undefined) return undefined;
    const heard = heardIn(reply, clock.now());
    const ours = (time: Micros | undefined) => timeByOurClock(time, heard);
    const times = {
      createdAt: ours(details.createdAt),
      startedAt: ours(details.startedAt),
      finishedAt: ours(details.finishedAt),
    };
    const known = knownFrom(listed, details, times, before.known.get(listed.id));
    this.#known.set(listed.id, known);
    return known;
  }

  async #figuresOf(listed: ListedContainer): Promise<Reading | typeof gone | undefined> {
    const { client, engine, signal } = this.#options;
    const reply = await this.#attempt(() => client.stats(listed.id, signal));
    if (reply === undefined || reply === gone) return reply;
    const stats = readStats(reply.body);
    if (stats === undefined) {
      this.#note(
        'parse',
        `the figures of ${nameOf(listed)} could not be read: the answer is no document of figures`,
      );
    }
    if (stats === undefined || stats === 'none') return undefined;
    if (stats.memory === undefined && stats.problems.length === 0) {
      if (stats.cpu !== undefined) this.lacking.add('memory');
      // Podman's zeros are those of a container that has just ended.
      else if (engine.name === 'docker') this.lacking.add('CPU and memory');
    }
    for (const problem of stats.problems) this.#note('parse', `${nameOf(listed)}: ${problem}`);
    const { readAt } = stats;
    if (stats.cpu === undefined || readAt === undefined) return { stats, cpu: undefined };
    const { sentMs, receivedMs } = reply;
    const cpu = { readAt, totalNanos: stats.cpu.total, sentMs, receivedMs };
    this.#cpu.set(listed.id, cpu);
    return { stats, cpu };
  }

  /** Undefined when the request failed, which is noted. */
  async #attempt(ask: () => Promise<Reply | undefined>): Promise<Reply | typeof gone | undefined> {
    try {
      return (await ask()) ?? gone;
    } catch (thrown) {
      const isTimeout = thrown instanceof TelemetryError && thrown.code === 'timeout';
      this.#note(isTimeout ? 'timeout' : 'other', messageOf(thrown));
      return undefined;
    }
  }

  #note(kind: Problem['kind'], message: string): void {
    this.problems.push({ kind, message });
  }
}

/** A container that is being restarted has no processes, and some engines never answer for one. */
function hasFigures({ state }: ListedContainer, { traits }: Engine): boolean {
  return traits.hasFigures && (state === 'running' || state === 'paused');
}

/** CPU time that falls has begun anew: what is known of the start no longer holds. */
function isReset(before: CpuReading | undefined, now: CpuReading | undefined): boolean {
  return before !== undefined && now !== undefined && now.totalNanos < before.totalNanos;
}

function nameOf({ id, name }: ListedContainer): string {
  return `container ${name ?? id.slice(0, 12)}`;
}
