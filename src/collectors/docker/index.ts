import type { z } from 'zod';
import { toRow } from '../../metric/row.ts';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { CollectContext, Collected, Collector } from '../collector.ts';
import { parseOptions } from '../parse-options.ts';
import { devicesOf, type Machine, thisMachine } from './block-devices.ts';
import { EngineClient } from './client.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';
import { clockLead, heardIn } from './engine-clock.ts';
import { inParallel } from './in-parallel.ts';
import { readList } from './list-answer.ts';
import { container, server } from './metrics.ts';
import { type DockerOptions, dockerOptions } from './options.ts';
import { afterOutage, emptyMemory, type Lack, type Memory, Round } from './round.ts';
import { downSample, upSample } from './server-sample.ts';

export interface DockerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** In place of the one that this runs on. */
  readonly machine?: Machine;
}

/**
 * Reads the containers of one Docker-compatible engine. Opens nothing before the first collection, and starts
 * with an engine that is not there yet: it is tried anew each time.
 * Throws a TelemetryError `setting_invalid` for options that cannot be used.
 */
export function createDockerCollector(options: z.input<typeof dockerOptions>, deps: DockerDeps): Collector {
  const data = parseOptions(dockerOptions, options, 'the Docker collector');
  const endpoint = parseEndpoint(data);
  deps.logger.info('watching a container engine', { server: data.serverId, endpoint: endpoint.description });
  const client = new EngineClient({
    endpoint,
    concurrency: data.concurrency,
    requestTimeoutMs: data.requestTimeout * 1000,
    apiVersion: data.dockerApiVersion,
    clock: deps.clock,
  });
  return new DockerCollector(data, { endpoint, client }, deps);
}

const remedies: Readonly<Record<Lack, string>> = {
  memory: 'on a Raspberry Pi the kernel needs cgroup_enable=memory on its command line',
  'CPU and memory':
    'a rootless engine needs cgroup v2 with its controllers delegated to the user, another one perhaps a restart',
};

interface Connected {
  readonly endpoint: Endpoint;
  readonly client: EngineClient;
}

class DockerCollector implements Collector {
  readonly name: string;
  readonly entities = [container, server];
  readonly #options: DockerOptions;
  readonly #endpoint: Endpoint;
  readonly #client: EngineClient;
  readonly #deps: DockerDeps;
  readonly #machine: Machine;
  #memory: Memory = emptyMemory;
  #toldEngine: string | undefined;
  readonly #toldLacks = new Set<Lack>();

  constructor(options: DockerOptions, { endpoint, client }: Connected, deps: DockerDeps) {
    this.name = options.name;
    this.#options = options;
    this.#endpoint = endpoint;
    this.#client = client;
    this.#deps = deps;
    this.#machine = deps.machine ?? thisMachine();
  }

  async collect({ time, budgetMs, signal }: CollectContext): Promise<Collected> {
    const reason = new TelemetryError('timeout', 'the time for this collection is up');
    try {
      return await withinTime({ ms: budgetMs, reason, signal }, (own) => this.#collect(time, own));
    } catch (thrown) {
      this.#memory = afterOutage(this.#memory);
      return this.#down(time, thrown);
    }
  }

  async #collect(time: Micros, signal: AbortSignal): Promise<Collected> {
    const { serverId, labels, concurrency } = this.#options;
    const { clock } = this.#deps;
    const { engine, reply } = await this.#client.list(signal);
    const list = readList(reply.body);
    if (list === undefined) {
      throw new TelemetryError(
        'protocol',
        'the engine was asked for its containers, and what answered gave no list; see what stands between it and here',
      );
    }
    const now = clock.now();
    const round = new Round({
      client: this.#client,
      clock,
      serverId,
      labels,
      engine,
      devices: devicesOf(engine, this.#endpoint, this.#machine),
      time,
      listedAt: microsFromMs(now) + clockLead(heardIn(reply, now)),
      before: this.#memory,
      signal,
    });
    const samples = await inParallel(list.containers, concurrency, (listed) => round.read(listed));
    this.#memory = round.memory;
    this.#tell(engine, round.lacking);
    const responseSeconds = (reply.receivedMs - reply.sentMs) / 1000;
    const rows = samples
      .filter((sample) => sample !== undefined)
      .map((sample) => toRow(container, sample, time));
    return {
      rows: [toRow(server, upSample(serverId, engine, list.containers, responseSeconds), time), ...rows],
      problems: [...list.problems.map((message) => ({ kind: 'parse' as const, message })), ...round.problems],
      findings: round.findings,
    };
  }

  /** Logs what is new to say; never the same thing twice in a row. */
  #tell({ name, version, apiVersion }: Engine, lacking: ReadonlySet<Lack>): void {
    const { logger } = this.#deps;
    const identity = [name, version, apiVersion].join(' ');
    if (identity !== this.#toldEngine) {
      logger.info('the container engine answers', { engine: name, version, api: apiVersion });
    }
    this.#toldEngine = identity;
    for (const lack of lacking) {
      if (this.#toldLacks.has(lack)) continue;
      this.#toldLacks.add(lack);
      logger.info(`the engine gives no ${lack} figures of containers that run; ${remedies[lack]}`);
    }
  }

  #down(time: Micros, thrown: unknown): Collected {
    const error =
      thrown instanceof TelemetryError
        ? thrown
        : new TelemetryError('internal', `reading the engine failed: ${messageOf(thrown)}`, {
            cause: thrown,
          });
    return {
      rows: [toRow(server, downSample(this.#options.serverId, error), time)],
      problems: [],
      failure: { type: error.code, message: error.message },
    };
  }

  async close(): Promise<void> {
    this.#client.disconnect();
  }
}
