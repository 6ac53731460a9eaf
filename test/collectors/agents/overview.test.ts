import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { microsFromMs } from '../../../src/metric/time.ts';
import { FakeAgent } from './fake-agent.ts';
import { endpointOf, patienceMs, recorded, rowsOf, targetOf, watch } from './support.ts';

let agent: FakeAgent;
beforeEach(async () => {
  agent = await FakeAgent.start(recorded('2.9.33'));
});
afterEach(() => agent.stop());

const asked = (): number => agent.requests.filter((each) => endpointOf(each) === 'overview').length;

it('an overview that hangs holds up no snapshot, and ends with the collector', async () => {
  const usual = recorded('2.9.33');
  agent.handler = (request) => (endpointOf(request) === 'overview' ? 'hang' : usual(request));
  const { collector, at } = watch([targetOf({ url: agent.url })], { overviewTimeout: 60 });
  const collected = await at(0);
  expect(rowsOf(collected, 'agent_usage')).toHaveLength(1);
  await vi.waitFor(() => expect(asked()).toBe(1), patienceMs);
  expect(rowsOf(await at(10), 'agent_report')).toEqual([]);
  await collector.close();
  await vi.waitFor(() => expect(agent.sockets.size).toBe(0), patienceMs);
});

it('an overview is shown with the time of its answer, and until the next one is long overdue', async () => {
  const { collector, at, clock } = watch([targetOf({ url: agent.url })]);
  const begun = clock.nowMs;
  await vi.waitFor(async () => expect(rowsOf(await at(0), 'agent_report')).toHaveLength(1), patienceMs);
  const usual = recorded('2.9.33');
  agent.handler = (request) => (endpointOf(request) === 'overview' ? 'reset' : usual(request));
  const times = async (seconds: number) => rowsOf(await at(seconds), 'agent_report').map(({ time }) => time);
  expect(await times(250)).toEqual([microsFromMs(begun)]);
  expect(await times(600)).toEqual([microsFromMs(begun)]);
  expect(await times(610)).toEqual([]);
  await collector.close();
});

it('an overview that fails is a problem of the next snapshot', async () => {
  const usual = recorded('2.9.33');
  agent.handler = (request) => (endpointOf(request) === 'overview' ? 'reset' : usual(request));
  const { collector, at } = watch([targetOf({ url: agent.url })]);
  await at(0);
  await vi.waitFor(async () => {
    const { problems } = await at(0);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('overview failed')]);
  }, patienceMs);
  await collector.close();
});
