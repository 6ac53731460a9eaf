import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../test/e2e/support/engine.ts';
import { startRestingEngine } from './engine.ts';
import {
  cpuSecondsOf,
  descendantsOf,
  processesNaming,
  proportionalBytesOf,
  residentBytesOf,
} from './process-cost.ts';
import type { Bench, Result } from './result.ts';
import { type Watcher, watchWithDatabase, watchWithEndpoint } from './watchers.ts';

const containers = 30;
const idleSeconds = 120;
/** Start-up is no part of resting. */
const settleSeconds = 25;
const windowSeconds = 120;

export const restBench: Bench = {
  name: 'rest',
  brief: `What watching ${containers} containers of the newest Docker every 10 s costs us and the engine; aim: 0.8 % of a core together (Telegraf: 0.20 + 0.57), 100 MB`,
  async *run() {
    await using engine = await startRestingEngine(containers);
    yield* measure(engine, 'serve as it comes, with its embedded database', watchWithDatabase);
    yield* measure(engine, 'serve with an OTLP endpoint', watchWithEndpoint);
  },
};

/** Per second, in percent of a core. */
interface Usage {
  readonly engine: number;
  readonly ours: number;
  readonly children: number;
}

async function* measure(
  engine: Engine,
  what: string,
  start: (engine: Engine) => Promise<Watcher>,
): AsyncIterable<Result> {
  const idle = await usageOver(idleSeconds, engine);
  await using watcher = await start(engine);
  await sleep(settleSeconds * 1000);
  const { ours, children, engine: busy } = await usageOver(windowSeconds, engine, watcher.pid);
  const forUs = busy - idle.engine;
  const percent = (name: string, value: number): Result => ({
    bench: 'rest',
    case: `${what}: ${name}`,
    value,
    unit: '% of a core',
  });
  const megabytes = (name: string, bytes: number): Result => ({
    ...percent(name, bytes / 1e6),
    unit: 'MB',
  });
  const database = descendantsOf(watcher.pid);
  yield percent('our process and the engine together', ours + forUs);
  yield percent('our process', ours);
  yield percent(`the engine for it, beyond its ${idle.engine.toFixed(2)} at rest`, forUs);
  yield megabytes('our process, resident', residentBytesOf(watcher.pid));
  if (database.size === 0) return;
  yield percent('PostgreSQL', children);
  yield megabytes('PostgreSQL, shared pages counted once', proportionalBytesOf(database));
}

async function usageOver(seconds: number, engine: Engine, watcher?: number): Promise<Usage> {
  const groups = {
    engine: processesNaming(dirname(engine.socketPath)),
    ours: new Set(watcher === undefined ? [] : [watcher]),
  };
  const sample = () => ({
    at: performance.now(),
    engine: cpuSecondsOf(groups.engine),
    ours: cpuSecondsOf(groups.ours),
    children: watcher === undefined ? 0 : cpuSecondsOf(descendantsOf(watcher)),
  });
  const before = sample();
  await sleep(seconds * 1000);
  const after = sample();
  const share = (group: 'engine' | 'ours' | 'children'): number =>
    ((after[group] - before[group]) / (after.at - before.at)) * 1e5;
  return { engine: share('engine'), ours: share('ours'), children: share('children') };
}
