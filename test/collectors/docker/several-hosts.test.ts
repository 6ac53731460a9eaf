import { afterEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../../src/collectors/collector.ts';
import { createDockerCollector } from '../../../src/collectors/docker/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { takeAll } from '../../../src/snapshot/take.ts';
import { FakeEngine } from './fake-engine.ts';
import { containersOf, fleet, serverOf } from './support.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function watch(serverId: string, dockerHost: string): Collector {
  const addressSetting = `docker_host of server ${serverId}`;
  const options = { name: `docker/${serverId}`, serverId, dockerHost, addressSetting };
  const collector = createDockerCollector(options, { clock: systemClock, logger: silentLogger });
  open.push(collector);
  return collector;
}

async function startEngine(size: number): Promise<FakeEngine> {
  const engine = await FakeEngine.start(fleet({ size }));
  open.push({ close: () => engine.stop() });
  return engine;
}

describe('several hosts', () => {
  it('are collectors of their own: one that is away, and one that hangs, cost only their own rows', async () => {
    const [main, hanging, away] = [await startEngine(2), await startEngine(1), await startEngine(1)];
    hanging.handler = () => 'hang';
    await away.halt();
    const collectors = [watch('main', main.host), watch('scout1', hanging.host), watch('scout2', away.host)];
    const signal = new AbortController().signal;
    const take = () =>
      takeAll(collectors, { time: Date.now() * 1000, budgetMs: 4000, clock: systemClock, signal });
    const taken = await take();
    expect(taken.map(({ collector }) => collector)).toEqual([
      'docker/main',
      'docker/scout1',
      'docker/scout2',
    ]);
    expect(taken.map((one) => containersOf(one).length)).toEqual([2, 0, 0]);
    expect(taken.map((one) => serverOf(one)?.identity)).toEqual(
      ['main', 'scout1', 'scout2'].map((id) => ({ 'ciris.server.id': id })),
    );
    expect(taken.map((one) => serverOf(one)?.values.up)).toEqual([1, 0, 0]);
    expect(taken.map(({ failure }) => failure?.type)).toEqual([undefined, 'timeout', 'not_found']);
    expect(taken[2]?.failure?.message).toContain('or set docker_host of server scout2 to where it listens');

    hanging.handler = fleet({ size: 1 });
    await away.listen();
    const later = await take();
    expect(later.map((one) => containersOf(one).length)).toEqual([2, 1, 1]);
  });

  it('where there is one, its collector is called docker', async () => {
    const engine = await startEngine(1);
    const collector = createDockerCollector(
      { dockerHost: engine.host },
      { clock: systemClock, logger: silentLogger },
    );
    open.push(collector);
    expect(collector.name).toBe('docker');
  });
});
