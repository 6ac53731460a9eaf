import type { Collected, Collector } from '../../../src/collectors/collector.ts';
import { createDockerCollector } from '../../../src/collectors/docker/index.ts';
import type { Row } from '../../../src/metric/row.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { type Logger, silentLogger } from '../../../src/runtime/logger.ts';
import type { FakeRequest, Handler, Reaction } from './fake-engine.ts';

export interface CollectorOptions {
  readonly dockerHost: string;
  readonly requestTimeout?: number;
  readonly concurrency?: number;
  readonly dockerApiVersion?: string;
  readonly dockerTlsVerify?: boolean;
  readonly dockerCertPath?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
  readonly addressSetting?: string;
}

export function startCollector(options: CollectorOptions, logger: Logger = silentLogger): Collector {
  return createDockerCollector(options, { clock: systemClock, logger });
}

export function collectNow(collector: Collector, budgetMs = 60_000): Promise<Collected> {
  return collector.collect({ time: Date.now() * 1000, budgetMs, signal: new AbortController().signal });
}

export function containersOf({ rows }: Collected): readonly Row[] {
  return rows.filter(({ entity }) => entity === 'container');
}

export function serverOf({ rows }: Collected): Row | undefined {
  return rows.find(({ entity }) => entity === 'server');
}

/** Root may open everything, so a test that is run by root is someone else for a while. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process;
  if (geteuid === undefined || seteuid === undefined || geteuid() !== 0) return work();
  seteuid(65_534);
  try {
    return await work();
  } finally {
    seteuid(0);
  }
}

export interface FleetOptions {
  readonly size: number;
  readonly version?: string;
  readonly apiVersion?: string;
  readonly minApiVersion?: string;
  /** False for figures that do not move. */
  readonly ticks?: boolean;
  /** In place of the figures of a container, counted from 0. */
  readonly figures?: (index: number) => Promise<Reaction | undefined> | Reaction | undefined;
}

const startedAt = new Date(Date.now() - 3600_000).toISOString();
const idOf = (index: number): string => index.toString(16).padStart(64, '0');

/** An engine that runs so many containers, each of which has used one more CPU second at each request. */
export function fleet(options: FleetOptions): Handler {
  const { size, version = '28.0.0', apiVersion = '1.48', minApiVersion = '1.24' } = options;
  const { ticks = true, figures } = options;
  let seconds = 0;
  const server = { Server: `Docker/${version} (linux)` };
  const ok = (body: unknown): Reaction => ({ headers: server, body });
  const answer = async (request: FakeRequest): Promise<Reaction> => {
    if (request.path === '/version') {
      return ok({
        Version: version,
        ApiVersion: apiVersion,
        MinAPIVersion: minApiVersion,
        Os: 'linux',
        Components: [{ Name: 'Engine', Version: version }],
      });
    }
    const refusal = refusalOf(request.apiVersion, apiVersion, minApiVersion);
    if (refusal !== undefined) return { status: 400, headers: server, body: { message: refusal } };
    if (request.path === '/info') return ok({ Name: 'host-a', MemTotal: 16e9, CgroupVersion: '2' });
    if (request.path === '/containers/json')
      return ok(Array.from({ length: size }, (_, index) => listed(index)));
    const [, id = '', what] = /^\/containers\/([^/]+)\/(json|stats)$/.exec(request.path) ?? [];
    const index = Number.parseInt(id, 16);
    if (what === 'json') return ok(inspected(index));
    if (ticks || seconds === 0) seconds += 1;
    return (await figures?.(index)) ?? ok(stats(index, seconds));
  };
  return answer;
}

/** In an engine's own words. */
function refusalOf(spoken: string | undefined, newest: string, oldest: string): string | undefined {
  const minor = (version: string): number => Number(version.split('.')[1]);
  if (spoken === undefined) return undefined;
  if (minor(spoken) < minor(oldest)) {
    return `client version ${spoken} is too old. Minimum supported API version is ${oldest}, please upgrade your client to a newer version`;
  }
  return minor(spoken) > minor(newest)
    ? `client version ${spoken} is too new. Maximum supported API version is ${newest}`
    : undefined;
}

function listed(index: number) {
  return {
    Id: idOf(index),
    Names: [`/agent-${index}`],
    Image: 'agent:1',
    ImageID: 'sha256:1',
    Labels: {},
    State: 'running',
    Status: 'Up About an hour',
    NetworkSettings: { Networks: { bridge: { EndpointID: `endpoint-${index}` } } },
  };
}

function inspected(index: number) {
  return {
    Id: idOf(index),
    Name: `/agent-${index}`,
    RestartCount: 0,
    State: { Status: 'running', StartedAt: startedAt, ExitCode: 0, OOMKilled: false },
    Config: { Image: 'agent:1', Env: null },
    HostConfig: { Memory: 0, NetworkMode: 'bridge' },
  };
}

function stats(index: number, seconds: number) {
  return {
    id: idOf(index),
    read: new Date().toISOString(),
    cpu_stats: {
      cpu_usage: {
        total_usage: seconds * 1e9,
        usage_in_kernelmode: seconds * 4e8,
        usage_in_usermode: seconds * 6e8,
      },
    },
    memory_stats: { usage: 6e8, limit: 2e9, stats: { inactive_file: 2e8 } },
    pids_stats: { current: 3 },
    blkio_stats: { io_service_bytes_recursive: null },
  };
}
