import { afterEach, describe, expect, it } from 'vitest';
import { createDockerCollector } from '../../../src/collectors/docker/index.ts';
import type { Row } from '../../../src/metric/row.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { FakeEngine, type Reaction } from './fake-engine.ts';
import { containersOf } from './support.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** Whole numbers from 0 to below a limit, the same for the same seed. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
}

const id = 'a'.repeat(64);
const iso = (ms: number): string => new Date(ms).toISOString();

/** An engine with one container, which lives through whatever can happen to one. */
class Scene {
  readonly #upTo: (limit: number) => number;
  readonly #leadMs: number;
  nowMs = Date.parse('2026-03-01T12:00:00Z');
  #startedMs: number;
  #endedMs: number | undefined;
  #isRunning = true;
  #cpuNanos = 1e9;
  #disks = new Map([['8:0', 0]]);
  #networks = new Map([['eth0', 0]]);
  #endpoint = 1;
  /** Runs so far. */
  runs = 1;
  #failing: 'list' | 'json' | 'stats' | undefined;

  constructor(upTo: (limit: number) => number, leadMs: number) {
    this.#upTo = upTo;
    this.#leadMs = leadMs;
    this.#startedMs = this.#engineMs - 50_000;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get #engineMs(): number {
    return this.nowMs + this.#leadMs;
  }

  goOn(): void {
    const upTo = this.#upTo;
    this.nowMs += 1000 + upTo(20_000);
    this.#failing = (['list', 'json', 'stats'] as const)[upTo(12)];
    if (this.#isRunning) {
      this.#cpuNanos += upTo(5) * 1e8;
      for (const [number, bytes] of this.#disks) this.#disks.set(number, bytes + upTo(1000));
      for (const [name, bytes] of this.#networks) this.#networks.set(name, bytes + upTo(1000));
    }
    const events = [
      this.#end,
      this.#start,
      this.#leaveSecond,
      () => this.#join('eth1'),
      () => this.#join('eth0'),
      () => this.#disks.delete('8:16'),
      () => this.#disks.set('8:16', 0),
    ];
    events[upTo(24)]?.call(this);
  }

  answer(path: string, engine: 'docker' | 'podman'): Reaction {
    const headers = { Date: new Date(this.#engineMs).toUTCString() };
    const what = path.split('/').at(-1);
    if (path === '/containers/json') {
      return this.#failing === 'list' ? 'reset' : { headers, body: [this.#listed(engine)] };
    }
    if (what === this.#failing) return { status: 500, headers, body: { message: 'out of order' } };
    if (what === 'json') return { headers, body: this.#details() };
    if (what === 'stats') return { headers, body: this.#stats(engine) };
    if (what === 'info') return { headers, body: { Name: 'host-a', MemTotal: 16e9, CgroupVersion: '2' } };
    const podman = [{ Name: 'Podman Engine', Version: '5.6.0' }];
    return { headers, body: { ApiVersion: '1.41', Components: engine === 'podman' ? podman : [] } };
  }

  #end(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#endedMs = this.#engineMs - this.#upTo(500);
  }

  #start(): void {
    if (this.#isRunning) this.#endedMs = this.#engineMs - 700;
    this.#isRunning = true;
    this.runs += 1;
    this.#startedMs = this.#engineMs - 300 - this.#upTo(300);
    this.#cpuNanos = 1e6;
    this.#disks = new Map([['8:0', 0]]);
    this.#networks = new Map([['eth0', 0]]);
    this.#endpoint += 1;
  }

  #leaveSecond(): void {
    this.#networks.delete('eth1');
  }

  #join(name: string): void {
    if (!this.#isRunning) return;
    this.#networks.set(name, 0);
    this.#endpoint += 1;
  }

  /** Podman names no networks. */
  #listed(engine: 'docker' | 'podman') {
    const since = this.#isRunning ? this.#startedMs : (this.#endedMs ?? 0);
    const seconds = Math.floor((this.#engineMs - since) / 1000);
    const age = seconds < 1 ? 'Less than a second' : `${seconds} seconds`;
    const endpoint = (name: string) => [
      name,
      { EndpointID: this.#isRunning ? `${name}-${this.#endpoint}` : '' },
    ];
    return {
      Id: id,
      Names: ['/a'],
      State: this.#isRunning ? 'running' : 'exited',
      Status: this.#isRunning ? `Up ${age}` : `Exited (0) ${age} ago`,
      HostConfig: { NetworkMode: 'bridge' },
      NetworkSettings: {
        Networks: engine === 'podman' ? null : Object.fromEntries([...this.#networks.keys()].map(endpoint)),
      },
    };
  }

  #details() {
    return {
      Name: '/a',
      State: {
        Status: this.#isRunning ? 'running' : 'exited',
        StartedAt: iso(this.#startedMs),
        FinishedAt: this.#endedMs === undefined ? '0001-01-01T00:00:00Z' : iso(this.#endedMs),
        ExitCode: 0,
      },
      HostConfig: { NetworkMode: 'bridge' },
    };
  }

  /** Podman's kernel-mode time is in microseconds. */
  #stats(engine: 'docker' | 'podman') {
    const system = this.#cpuNanos / 4;
    const traffic = [...this.#networks].map(([name, bytes]) => [name, { rx_bytes: bytes, tx_bytes: bytes }]);
    const io = [...this.#disks].map(([number, value]) => {
      const [major, minor] = number.split(':').map(Number);
      return { major, minor, op: 'read', value };
    });
    return {
      read: iso(this.#engineMs),
      cpu_stats: {
        cpu_usage: {
          total_usage: this.#cpuNanos,
          usage_in_kernelmode: engine === 'podman' ? system / 1000 : system,
          usage_in_usermode: this.#cpuNanos - system,
        },
      },
      memory_stats: { usage: 6e8, stats: { inactive_file: 2e8 } },
      blkio_stats: { io_service_bytes_recursive: io },
      networks: Object.fromEntries(traffic),
    };
  }
}

const counters = ['cpuTimeUser', 'cpuTimeSystem', 'diskRead', 'networkReceive', 'networkTransmit'];
const figures = /^(cpu|memory|disk|network|uptime)/;

/** What was false in so many rounds. */
async function lies(scene: Scene, engine: 'docker' | 'podman', rounds: number): Promise<readonly unknown[]> {
  const fake = await FakeEngine.start(({ path }) => scene.answer(path, engine));
  const clock = { now: () => scene.nowMs, monotonic: () => scene.nowMs };
  const collector = createDockerCollector({ dockerHost: fake.host }, { clock, logger: silentLogger });
  open.push({ close: () => fake.stop() }, collector);
  const counted = new Map<string, number>();
  const found: unknown[] = [];
  const check = ({ start, values }: Row): void => {
    const shown = Object.keys(values).filter((key) => figures.test(key));
    if (!scene.isRunning && shown.length > 0) found.push(['does not run', shown]);
    if (Number(values.cpuUsage ?? 0) > 1) found.push(['uses more than it does', values.cpuUsage]);
    for (const key of start === undefined ? [] : counters) {
      const [series, value] = [`${key} since ${start}`, values[key]];
      if (value === undefined) continue;
      if (Number(value) < (counted.get(series) ?? 0)) found.push([series, counted.get(series), value]);
      counted.set(series, Number(value));
    }
  };
  for (let round = 0; round < rounds; round += 1) {
    scene.goOn();
    const signal = new AbortController().signal;
    const collected = await collector.collect({ time: scene.nowMs * 1000, budgetMs: 60_000, signal });
    for (const row of containersOf(collected)) check(row);
  }
  const starts = new Set([...counted.keys()].map((series) => series.split(' ').at(-1)));
  if (starts.size > scene.runs) found.push(['more starts than runs', starts.size, scene.runs]);
  if (counted.size < counters.length * 5) found.push(['too little was seen', counted.size]);
  return found;
}

describe.each(['docker', 'podman'] as const)('whatever happens to a container of %s', (engine) => {
  it.each([
    [1, 0],
    [2, 3_600_000],
    [3, -90_000],
  ])(
    'no counter of a run falls, and no figure is of a time when it did not run: %d, clock ahead by %d ms',
    async (seed, leadMs) => {
      expect(await lies(new Scene(random(seed), leadMs), engine, 250)).toEqual([]);
    },
  );
});
