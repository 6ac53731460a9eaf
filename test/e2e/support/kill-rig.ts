import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPool } from '../../../src/db/pool.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { Releasers } from '../../../src/runtime/releasers.ts';
import { type Mischief, startBalancer } from './balancer.ts';
import { startCli } from './cli.ts';
import { startCollector } from './collector.ts';
import { eventually } from './eventually.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { judgeRows } from './judge-rows.ts';
import { readLoadLog } from './load-log.ts';
import { loadRows } from './load-rows.ts';
import { checkout } from './parts.ts';
import { freePort } from './port.ts';
import { startPostgres } from './postgres.ts';
import { succeed } from './program.ts';
import { createRandom, type Random } from './random.ts';
import { type Service, startService } from './service.ts';
import { readStoredRows } from './stored-rows.ts';

export interface KillRigOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly containers?: number;
  readonly intervalMs?: number;
  readonly mischief?: Readonly<Partial<Record<Mischief, number>>>;
  /** How long to wait in the end until all is stored; 90 when not given. */
  readonly settleSeconds?: number;
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
  const { seconds, seed, settleSeconds = 90, say = () => {} } = options;
  const random = createRandom(seed);
  const scene = await startScene(options, random, releasers);
  const kills = await killInTurn(scene.victims, { random, seconds, say });
  const calm = performance.now();
  say('all run on in peace');
  await scene.drain();
  const { taken, kept } = readLoadLog(scene.log);
  const judge = async () => {
    const stored = await scene.storedRows();
    return { stored, faults: judgeRows({ taken, kept, rowsAt: scene.rowsAt, stored }) };
  };
  const { stored, faults } = await eventually(
    'all is stored',
    async () => {
      const judged = await judge();
      return judged.faults.length === 0 ? judged : undefined;
    },
    settleSeconds * 1000,
  ).catch(judge);
  return {
    seed,
    kills,
    requests: Object.fromEntries(scene.counts()),
    snapshotsTaken: taken.length,
    snapshotsKept: kept.length,
    rowsStored: stored.length,
    settledAfter: (performance.now() - calm) / 1000,
    faults,
  };
}

async function startScene(options: KillRigOptions, random: Random, releasers: Releasers) {
  const { containers = 40, intervalMs = 200 } = options;
  const mischief = { doubled: 0.2, answer_lost: 0.05, ...options.mischief };
  const postgres = await startPostgres();
  releasers.add('postgres', () => postgres.stop());
  const pool = createPool(postgres.connectionString, { logger: silentLogger, statementTimeoutMs: 30_000 });
  releasers.add('pool', () => pool.end());
  const folder = await makeFolder('rig');
  releasers.add('folder', () => removeFolder(folder));
  const writers = await Promise.all(
    ['one', 'two'].map((name) => startWriter(name, folder, postgres.connectionString)),
  );
  for (const { name, service } of writers) releasers.add(name, () => service.stop());
  const targets = writers.map(({ url }) => url);
  const balancer = await startBalancer({ port: await freePort(), targets, random, mischief });
  releasers.add('balancer', () => balancer.stop());
  const { collector, endpoint } = await startQueue(folder, balancer.url);
  releasers.add('collector', () => collector.stop());
  const log = join(folder, 'log');
  const program = exporterProgram({ endpoint, folder, log, containers, intervalMs });
  const exporter = await startService({
    ...program,
    name: 'the exporter',
    ready: (running) => running.line(/taking snapshots/),
  });
  releasers.add('exporter', () => exporter.stop());
  const victims: readonly Victim[] = [
    victim('exporter', exporter),
    victim('Collector', collector),
    ...writers.map(({ name, service }) => victim(name, service)),
    victim('PostgreSQL', postgres),
    { name: 'a session', kill: () => killSession(postgres.pid(), random), revive: async () => {} },
  ];
  return {
    victims,
    log,
    counts: balancer.counts,
    rowsAt: (time: number) => loadRows(time, containers),
    storedRows: () => readStoredRows(pool),
    drain: async () => {
      await exporter.halt();
      await succeed({ ...program, args: [...program.args, '--drain'] });
    },
  };
}

async function startWriter(name: string, folder: string, databaseUrl: string) {
  const port = await freePort();
  const url = new URL(`http://127.0.0.1:${port}`);
  const service = await startCli({
    args: ['writer', '--port', String(port), '--state-dir', join(folder, name)],
    env: { TELEMETRY_DATABASE_URL: databaseUrl },
    // It starts without its database too.
    ready: new URL('/healthz', url).href,
  });
  return { name: `writer ${name}`, url, service };
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

interface ExporterOptions {
  readonly endpoint: string;
  readonly folder: string;
  readonly log: string;
  readonly containers: number;
  readonly intervalMs: number;
}

function exporterProgram({ endpoint, folder, log, containers, intervalMs }: ExporterOptions) {
  return {
    command: join(checkout, 'node_modules/.bin/node'),
    args: [
      join(checkout, 'test/e2e/support/load-exporter.ts'),
      ...['--endpoint', endpoint, '--spool', join(folder, 'spool'), '--log', log],
      ...['--containers', String(containers), '--intervalMs', String(intervalMs)],
    ],
  };
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
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const sessions: number[] = [];
  for (const pid of pids) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (status.includes(`PPid:\t${server}\n`) && command.includes('127.0.0.1')) sessions.push(Number(pid));
  }
  if (sessions.length > 0) process.kill(random.pick(sessions), 'SIGKILL');
}

interface Killing {
  readonly random: Random;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

/** One after the other in an order that is another one each round, with pauses and absences that may overlap. */
async function killInTurn(victims: readonly Victim[], { random, seconds, say }: Killing) {
  const kills: Record<string, number> = {};
  const away = new Map<string, Promise<void>>();
  const end = performance.now() + seconds * 1000;
  let queue: Victim[] = [];
  while (performance.now() < end) {
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
