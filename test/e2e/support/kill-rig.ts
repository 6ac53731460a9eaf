import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Row } from '../../../src/metric/row.ts';
import { systemCodeOf } from '../../../src/runtime/errors.ts';
import { Releasers } from '../../../src/runtime/releasers.ts';
import { type Mischief, startBalancer } from './balancer.ts';
import { startCollector } from './collector.ts';
import { eventually } from './eventually.ts';
import { startLoad } from './load-process.ts';
import { checkout } from './parts.ts';
import { freePort } from './port.ts';
import { createRandom, type Random } from './random.ts';
import type { Service } from './service.ts';
import { startDatabase, startWriter } from './writer-scene.ts';

/** What was done so far, as the report has it. */
type Progress = Pick<KillRigReport, 'kills' | 'requests'>;

export interface KillRigOptions {
  /** How long to kill. */
  readonly seconds: number;
  /** Goes on beyond that until this holds, however slow the machine is. */
  readonly enough?: (progress: Progress) => boolean;
  readonly seed: number;
  readonly containers?: number;
  readonly intervalMs?: number;
  readonly mischief?: Readonly<Partial<Record<Mischief, number>>>;
  /** How long to wait in the end for anything more to be stored; 300 when not given. */
  readonly settleSeconds?: number;
  /** Folder of the programs of a server with TimescaleDB; plain PostgreSQL 15 when not given. */
  readonly timescale?: string | undefined;
  /** What happens, a line each. */
  readonly say?: (line: string) => void;
}

export interface KillRigReport {
  readonly seed: number;
  /** How often each was killed. */
  readonly kills: Readonly<Record<string, number>>;
  /** What the balancer counted. */
  readonly requests: Readonly<Record<string, number>>;
  readonly snapshotsTaken: number;
  readonly snapshotsKept: number;
  readonly rowsStored: number;
  /** Seconds from the last kill until all was stored. */
  readonly settledAfter: number;
  /** One for each row that is not as it should be. */
  readonly faults: readonly string[];
  /** The last that each program said. */
  readonly said: Readonly<Record<string, string>>;
}

/** What can be killed, and comes back by `revive`. */
interface Victim {
  readonly name: string;
  kill(): Promise<void>;
  revive(): Promise<void>;
}

/**
 * An exporter, the Collector with our configuration, a balancer, two writers and PostgreSQL under load, each killed by SIGKILL at
 * random times, some at once. Then all run on in peace until what was taken is stored, and every row is judged.
 */
export async function runKillRig(options: KillRigOptions): Promise<KillRigReport> {
  const releasers = new Releasers();
  try {
    return await run(options, releasers);
  } finally {
    await releasers.close();
  }
}

async function run(options: KillRigOptions, releasers: Releasers): Promise<KillRigReport> {
  const { seconds, seed, settleSeconds = 300, enough = () => true, say = () => {} } = options;
  const random = createRandom(seed);
  const scene = await startScene(options, random, releasers);
  const isEnough = (soFar: KillRigReport['kills']) =>
    enough({ kills: soFar, requests: Object.fromEntries(scene.counts()) });
  const kills = await killInTurn(scene.victims, { random, seconds, isEnough, say });
  const calm = performance.now();
  say('all run on in peace');
  await scene.exporter.drain();
  const { taken, kept } = scene.exporter.logged();
  const judge = async () => {
    // A server whose session was killed last recovers first.
    const stored = await eventually('the rows can be read', () => scene.storedRows());
    return { stored, faults: scene.exporter.judge(stored) };
  };
  const { stored, faults } = await untilSettled(judge, { seconds: settleSeconds, say });
  // An orderly end could take as long as its disk is busy, and nobody needs what is on it any more.
  await scene.killDatabase();
  return {
    seed,
    kills,
    requests: Object.fromEntries(scene.counts()),
    snapshotsTaken: taken.length,
    snapshotsKept: kept.length,
    rowsStored: stored.length,
    settledAfter: (performance.now() - calm) / 1000,
    faults,
    said: scene.said(),
  };
}

interface Judged {
  readonly stored: readonly Row[];
  readonly faults: readonly string[];
}

/** What is on its way is not lost yet: waits as long as more and more is stored. */
async function untilSettled(
  judge: () => Promise<Judged>,
  { seconds, say }: Omit<Killing, 'random' | 'isEnough'>,
): Promise<Judged> {
  let last = await judge();
  for (let moved = performance.now(); last.faults.length > 0; ) {
    if (performance.now() - moved > seconds * 1000) return last;
    await delay(500);
    const next = await judge();
    say(`${next.stored.length} rows are stored, ${next.faults.length} are not as they should be`);
    if (next.faults.length < last.faults.length) moved = performance.now();
    last = next;
  }
  return last;
}

async function startScene(options: KillRigOptions, random: Random, releasers: Releasers) {
  const { containers = 40, intervalMs = 200, timescale } = options;
  const mischief = { doubled: 0.2, answer_lost: 0.05, ...options.mischief };
  const { postgres, folder, storedRows } = await startDatabase(releasers, { timescale });
  const databaseUrl = postgres.connectionString;
  const names = ['writer one', 'writer two'];
  const writers = await Promise.all(names.map((name) => startWriter({ name, databaseUrl, folder })));
  for (const writer of writers) releasers.add(writer.name, () => writer.stop());
  const targets = writers.map(({ url }) => new URL(url));
  const balancer = await startBalancer({ port: await freePort(), targets, random, mischief });
  releasers.add('balancer', () => balancer.stop());
  const { collector, endpoint } = await startQueue(folder, balancer.url);
  releasers.add('collector', () => collector.stop());
  const exporter = await startLoad({ endpoint, folder, containers, intervalMs });
  releasers.add('exporter', () => exporter.stop());
  const victims: readonly Victim[] = [
    victim('exporter', exporter),
    victim('Collector', collector),
    ...writers.map((writer) => victim(writer.name, writer)),
    { ...victim('PostgreSQL', postgres), kill: () => killServer(postgres) },
    { name: 'a session', kill: () => killSession(postgres.pid(), random), revive: async () => {} },
  ];
  return {
    victims,
    exporter,
    counts: balancer.counts,
    killDatabase: () => killServer(postgres),
    said: () =>
      Object.fromEntries(
        Object.entries({ collector, postgres, exporter })
          .concat(writers.map((writer) => [writer.name, writer]))
          .map(([name, service]) => [name, service.output().slice(-2000)]),
      ),
    storedRows,
  };
}

async function startQueue(folder: string, writerUrl: string) {
  const receiver = `127.0.0.1:${await freePort()}`;
  const health = `127.0.0.1:${await freePort()}`;
  const collector = await startCollector({
    configs: [
      join(checkout, 'otel-collector-config.yaml'),
      'yaml:service::telemetry::metrics::level: none',
      // Whatever is killed comes back within seconds: a longer pause would only be idleness.
      'yaml:exporters::otlp_http/writer::retry_on_failure::max_interval: 2s',
      // More requests, and so more that are under way when something is killed.
      'yaml:exporters::otlp_http/writer::sending_queue::batch::flush_timeout: 200ms',
    ],
    env: {
      CIRIS_OTLP_LISTEN: receiver,
      CIRIS_WRITER_ENDPOINT: writerUrl,
      CIRIS_COLLECTOR_STATE: join(folder, 'queue'),
      CIRIS_COLLECTOR_HEALTH: health,
    },
  });
  return { collector, endpoint: `http://${receiver}` };
}

function victim(name: string, service: Service): Victim {
  return {
    name,
    kill: () => service.kill9(),
    // What a killed parent left behind may stand in the way of a new one for a moment.
    revive: () => eventually(`${name} is back`, () => service.restart().then(() => true)).then(() => {}),
  };
}

/** Kills one process of the server that serves a client; all others end with it, and the server recovers by itself. */
async function killSession(server: number, random: Random): Promise<void> {
  const sessions = (await childrenOf(server)).filter(({ command }) => command.includes('127.0.0.1'));
  if (sessions.length > 0) killNow(random.pick(sessions).pid);
}

/** All of its processes: those that are at work outlive the first one for a while, and keep the next server from starting. */
async function killServer(server: Service): Promise<void> {
  const children = await childrenOf(server.pid());
  const killed = server.kill9();
  for (const { pid } of children) killNow(pid);
  await killed;
}

interface Child {
  readonly pid: number;
  readonly command: string;
}

async function childrenOf(parent: number): Promise<readonly Child[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const children: Child[] = [];
  for (const pid of pids) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (!status.includes(`PPid:\t${parent}\n`)) continue;
    children.push({
      pid: Number(pid),
      command: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    });
  }
  return children;
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    // It ended by itself since it was seen.
    if (systemCodeOf(thrown) !== 'ESRCH') throw thrown;
  }
}

interface Killing {
  readonly random: Random;
  readonly seconds: number;
  readonly isEnough: (kills: KillRigReport['kills']) => boolean;
  readonly say: (line: string) => void;
}

/** One after the other in an order that is another one each round, with pauses and absences that may overlap. */
async function killInTurn(victims: readonly Victim[], { random, seconds, isEnough, say }: Killing) {
  const kills: Record<string, number> = {};
  const away = new Map<string, Promise<void>>();
  const end = performance.now() + seconds * 1000;
  let queue: Victim[] = [];
  while (performance.now() < end || !isEnough(kills)) {
    await delay(random.between(100, 3000));
    if (queue.length === 0) queue = random.shuffled(victims);
    const next = queue.pop();
    if (next === undefined) continue;
    await away.get(next.name);
    const absenceMs = random.between(0, 3000);
    say(`kill -9 ${next.name}, away for ${Math.round(absenceMs)} ms`);
    await next.kill();
    kills[next.name] = (kills[next.name] ?? 0) + 1;
    away.set(
      next.name,
      delay(absenceMs).then(() => next.revive()),
    );
  }
  await Promise.all(away.values());
  return kills;
}
