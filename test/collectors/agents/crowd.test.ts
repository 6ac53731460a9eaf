import { expect, it } from 'vitest';
import { FakeAgent } from './fake-agent.ts';
import { recorded, rowsOf, targetOf, watch } from './support.ts';

it('ten of 50 agents that hang cost their own figures and no others', async () => {
  const usual = recorded('2.9.33');
  const agents = await Promise.all(
    Array.from({ length: 50 }, (_, index) => FakeAgent.start(index % 5 === 0 ? () => 'hang' : usual)),
  );
  const targets = agents.map(({ url }, index) => targetOf({ url, agentId: `agent-${index}` }));
  // Fewer turns than agents that hang: they must not keep the others from theirs.
  const { collector, at } = watch(targets, { requestTimeout: 16, concurrency: 8 });
  const collected = await at(0, 8000);
  const rows = rowsOf(collected, 'agent');
  expect(rows).toHaveLength(50);
  expect(rows.filter(({ values }) => values.up === 1)).toHaveLength(40);
  expect(rowsOf(collected, 'agent_usage')).toHaveLength(40);
  const hanging = rows.filter(({ info }) => info['error.type'] === 'headers_timeout');
  expect(hanging.map(({ identity }) => identity['ciris.agent.id'])).toEqual(
    Array.from({ length: 10 }, (_, index) => `agent-${index * 5}`),
  );
  expect(collected.problems).toHaveLength(10);
  await collector.close();
  await Promise.all(agents.map((agent) => agent.stop()));
});

it('agents that come, go and move are followed where they are', async () => {
  const [first, second] = await Promise.all([
    FakeAgent.start(recorded('2.9.33')),
    FakeAgent.start(recorded('2.7.6')),
  ]);
  const alpha = { agentId: 'alpha', occurrenceId: '002' };
  let targets = [targetOf({ ...alpha, url: first.url }), targetOf({ agentId: 'beta', url: second.url })];
  const { collector, at } = watch(() => targets);
  const versions = async (seconds: number) =>
    rowsOf(await at(seconds), 'agent').map(({ identity, info }) => [
      identity['ciris.agent.id'],
      info['ciris.agent.version'],
    ]);
  expect(await versions(0)).toEqual([
    ['alpha', '2.9.33-stable'],
    ['beta', '2.7.6-stable'],
  ]);
  targets = [targetOf({ ...alpha, url: second.url })];
  expect(await versions(1)).toEqual([['alpha', '2.7.6-stable']]);
  targets = [];
  expect(await versions(2)).toEqual([]);
  await collector.close();
  await Promise.all([first.stop(), second.stop()]);
});
