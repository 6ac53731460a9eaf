import { expect, it } from 'vitest';
import { createAgentsCollector } from '../../../src/collectors/agents/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { HandClock } from './support.ts';

const deps = { clock: new HandClock(), logger: silentLogger };

it('options that cannot be used are named', () => {
  const targets = async () => ({ targets: [], findings: [] });
  expect(() => createAgentsCollector({ requestTimeout: -1 }, { ...deps, targets })).toThrow(
    /options of the collector of agents cannot be used: requestTimeout: /,
  );
});

it('targets that cannot be read are a failure of the whole', async () => {
  const targets = () => Promise.reject(new Error('the registry is gone'));
  const collector = createAgentsCollector({}, { ...deps, targets });
  const context = { time: 0, budgetMs: 1000, signal: new AbortController().signal };
  await expect(collector.collect(context)).rejects.toThrow('the registry is gone');
  await collector.close();
});

it('targets that never come are given up when the time is up', async () => {
  const targets = () => new Promise<never>(() => undefined);
  const collector = createAgentsCollector({}, { ...deps, targets });
  const context = { time: 0, budgetMs: 50, signal: new AbortController().signal };
  await expect(collector.collect(context)).rejects.toThrow('the time for this collection is up');
  await collector.close();
});
