import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createWatch, type Watch } from '../src/app/watch.ts';
import { createTargets } from '../src/collectors/targets/index.ts';
import { microsFromMs } from '../src/metric/time.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import type { Engine } from '../test/e2e/support/engine.ts';
import { startRestingEngine } from './engine.ts';
import { race } from './race.ts';
import type { Bench, Result } from './result.ts';
import { answerMs, leapMs, type SimulatedAgents, startSimulatedAgents } from './simulated-agents.ts';

const containers = 50;
const fewAgents = 50;
const manyAgents = 1000;
const rounds = 21;

export const agentsBench: Bench = {
  name: 'agents',
  brief: `One snapshot of ${containers} containers and ${fewAgents} agents that answer in ${answerMs} ms, aim: 100 ms; ${manyAgents} agents, and the memory of each`,
  async *run() {
    await using engine = await startRestingEngine(containers);
    yield* snapshotOf(fewAgents, engine);
    yield* snapshotOf(fewAgents, undefined);
    yield* snapshotOf(manyAgents, undefined);
  },
};

async function* snapshotOf(count: number, engine: Engine | undefined): AsyncIterable<Result> {
  await using agents = await startSimulatedAgents(count);
  const clock = new LeapingClock();
  const before = heapBytes();
  const watch = watchOf(agents, engine, clock);
  const expected = count + (engine === undefined ? 0 : containers);
  try {
    const { ours } = await race(rounds, {
      name: 'ours',
      prepare: async () => {
        clock.leap();
        await agents.leap();
      },
      work: () => collectAll(watch, clock, expected),
    });
    const what = engine === undefined ? `${count} agents` : `${containers} containers and ${count} agents`;
    yield { bench: 'agents', case: what, value: ours.ms, unit: 'ms' };
    if (engine !== undefined) return;
    const perAgent = (heapBytes() - before) / count / 1024;
    yield { bench: 'agents', case: `${what}: memory that is kept for each`, value: perAgent, unit: 'KiB' };
  } finally {
    await Promise.all(watch.collectors.map((collector) => collector.close()));
  }
}

function watchOf(
  { registry, encryptionKey }: SimulatedAgents,
  engine: Engine | undefined,
  clock: Clock,
): Watch {
  const deps = { clock, logger: silentLogger };
  const usualPlaces = { registry: [], managerConfig: [] };
  const targets = createTargets({ registry, encryptionKey }, { ...deps, usualPlaces });
  return createWatch({ docker: engine === undefined ? [] : [{ dockerHost: engine.host }], targets }, deps);
}

async function collectAll({ collectors }: Watch, clock: Clock, expected: number): Promise<void> {
  const context = {
    time: microsFromMs(clock.now()),
    budgetMs: 10_000,
    signal: AbortSignal.timeout(15_000),
  };
  const collected = await Promise.all(collectors.map((collector) => collector.collect(context)));
  const rows = collected.flatMap((one) => one.rows);
  const answered = rows.filter(
    ({ entity, values }) => entity === 'container' || (entity === 'agent' && values.reachable === 1),
  );
  const [problem] = collected.flatMap(({ problems, failure }) => [
    ...(failure ? [failure] : []),
    ...problems,
  ]);
  if (problem !== undefined) throw new Error(problem.message);
  if (answered.length !== expected) throw new Error(`${answered.length} of ${expected} have answered`);
}

class LeapingClock implements Clock {
  #leaptMs = 0;

  leap(): void {
    this.#leaptMs += leapMs;
  }

  now(): number {
    return systemClock.now() + this.#leaptMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#leaptMs;
  }
}

setFlagsFromString('--expose-gc');
const gc: unknown = runInNewContext('gc');

function heapBytes(): number {
  if (typeof gc === 'function') gc();
  return process.memoryUsage().heapUsed;
}
