import { readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../test/e2e/support/engine.ts';
import { buildPackage } from './built-package.ts';
import { startRestingEngine } from './engine.ts';
import {
  cpuSecondsOf,
  descendantsOf,
  processesNaming,
  proportionalBytesOf,
  residentBytesOf,
} from './process-cost.ts';
import { type Bench, figureText, type Result } from './result.ts';
import { type Watcher, watchWithDatabase, watchWithEndpoint, watchWithTelegraf } from './watchers.ts';

const containers = 30;
/** Start-up is no part of resting. */
const settleSeconds = 25;
/** Go programs that rest collect their garbage every two minutes. */
const windowSeconds = 120;

export const restBench: Bench = {
  name: 'rest',
  brief: `What watching ${containers} containers of the newest Docker every 10 s costs us and the engine; aim: 0.8 % of a core together, 100 MB`,
  async *run() {
    await using ours = await buildPackage();
    await using engine = await startRestingEngine(containers);
    await sleep(settleSeconds * 1000);
    const idle = await usageOver(windowSeconds, engine);
    const program = process.env.TELEGRAF;
    const peer =
      program === undefined
        ? undefined
        : await measure(engine, idle, () => watchWithTelegraf(program, engine));
    const stored = await measure(engine, idle, () => watchWithDatabase(ours, engine));
    yield* resultsOf('serve as it comes', stored, peer);
    const pushed = await measure(engine, idle, () => watchWithEndpoint(ours, engine));
    yield* resultsOf('serve with an OTLP endpoint', pushed, peer);
  },
};

/** Processor time in percent of a core. */
interface Usage {
  readonly engine: number;
  readonly watcher: number;
  readonly database: number;
}

interface Cost extends Usage {
  /** The most that was seen. */
  readonly residentBytes: number;
  readonly databaseBytes: number;
}

/** The engine's part is what it uses beyond its rest. */
async function measure(engine: Engine, idle: Usage, start: () => Promise<Watcher>): Promise<Cost> {
  await using watcher = await start();
  await sleep(settleSeconds * 1000);
  let residentBytes = 0;
  const sampler = setInterval(() => {
    residentBytes = Math.max(residentBytes, residentBytesOf(watcher.pid));
  }, 1000);
  const usage = await usageOver(windowSeconds, engine, watcher.pid);
  clearInterval(sampler);
  return {
    ...usage,
    engine: usage.engine - idle.engine,
    residentBytes,
    databaseBytes: proportionalBytesOf(descendantsOf(watcher.pid)),
  };
}

async function usageOver(seconds: number, engine: Engine, watcher?: number): Promise<Usage> {
  const groups = {
    engine: daemonsOf(engine),
    watcher: new Set(watcher === undefined ? [] : [watcher]),
  };
  const sample = () => ({
    at: performance.now(),
    engine: cpuSecondsOf(groups.engine),
    watcher: cpuSecondsOf(groups.watcher),
    database: watcher === undefined ? 0 : cpuSecondsOf(descendantsOf(watcher)),
  });
  const before = sample();
  await sleep(seconds * 1000);
  const after = sample();
  const share = (group: keyof Usage): number =>
    ((after[group] - before[group]) / (after.at - before.at)) * 1e5;
  return { engine: share('engine'), watcher: share('watcher'), database: share('database') };
}

/** dockerd and its containerd. Each container's shim rests so restlessly that what a question costs it cannot be told. */
function daemonsOf(engine: Engine): ReadonlySet<number> {
  const daemons = ['dockerd', 'containerd'];
  const all = [...processesNaming(dirname(engine.socketPath))];
  return new Set(all.filter((pid) => daemons.includes(basename(readlinkSync(`/proc/${pid}/exe`)))));
}

function* resultsOf(what: string, ours: Cost, peer: Cost | undefined): Iterable<Result> {
  const figure = (name: string, unit: string, of: (cost: Cost) => number): Result => {
    const own = { bench: 'rest', case: `${what}: ${name}`, value: of(ours), unit };
    if (peer === undefined) return own;
    return { ...own, peer: `Telegraf: ${figureText(of(peer))} ${unit}`, ratio: of(peer) / of(ours) };
  };
  const cpu = '% of a core';
  yield figure('with dockerd and containerd', cpu, ({ watcher, engine }) => watcher + engine);
  yield figure('alone', cpu, ({ watcher }) => watcher);
  yield figure('resident memory at most', 'MB', ({ residentBytes }) => residentBytes / 1e6);
  if (ours.databaseBytes === 0) return;
  const database = { bench: 'rest', case: `${what}: its PostgreSQL` };
  yield { ...database, value: ours.database, unit: cpu };
  yield { ...database, value: ours.databaseBytes / 1e6, unit: 'MB, shared pages once' };
}
