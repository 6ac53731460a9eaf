import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { microsFromMs } from '../../../src/metric/time.ts';
import { FakeAgent } from './fake-agent.ts';
import {
  edited,
  endpointOf,
  patienceMs,
  recorded,
  rowOf,
  rowsOf,
  shortTimeout,
  targetOf,
  watch,
} from './support.ts';

const usual = recorded('2.9.33');
/** Longer than any test lasts: a snapshot that waits for it never ends. */
const requestTimeout = 60;

let agent: FakeAgent;
beforeEach(async () => {
  agent = await FakeAgent.start(() => 'hang');
});
afterEach(() => agent.stop());

it('B31: an agent that hangs makes snapshots late until it counts as down, and those that follow soon not', async () => {
  const { collector, at, clock } = watch([targetOf({ url: agent.url })], { requestTimeout });
  const begun = microsFromMs(clock.nowMs);
  expect(rowOf(await at(0, 100)).values).toMatchObject({ reachable: 0 });
  const down = await at(10, 100);
  expect(rowOf(down)).toMatchObject({ time: begun + 10e6, values: { reachable: 0, up: 0 } });
  for (const seconds of [20, 30, 40]) {
    const collected = await at(seconds);
    expect(rowOf(collected)).toEqual(rowOf(down));
    expect(collected.problems).toEqual([]);
  }
  // The same request all the time.
  expect(agent.requests.length).toBeLessThanOrEqual(3);
  await collector.close();
  await vi.waitFor(() => expect(agent.sockets.size).toBe(0), patienceMs);
});

it('what became of it is shown by the next snapshot, with the time at which it was asked', async () => {
  const { collector, at, clock } = watch([targetOf({ url: agent.url })], { requestTimeout: 0.5 });
  const begun = microsFromMs(clock.nowMs);
  await at(0);
  await at(10);
  expect(rowOf(await at(20))).toMatchObject({ time: begun + 10e6 });
  await vi.waitFor(async () => {
    const collected = await at(20);
    expect(rowOf(collected)).toMatchObject({ time: begun + 20e6, values: { reachable: 0, up: 0 } });
    expect(collected.problems).toHaveLength(1);
  }, patienceMs);
  await collector.close();
});

it('an agent that is well again is seen so at once', async () => {
  const { collector, at, clock } = watch([targetOf({ url: agent.url })], { requestTimeout: shortTimeout });
  await at(0);
  await at(10);
  agent.handler = usual;
  const row = rowOf(await at(20));
  expect(row).toMatchObject({ time: microsFromMs(clock.nowMs), values: { reachable: 1, up: 1 } });
  expect(rowsOf(await at(30), 'agent_usage')).toHaveLength(1);
  await collector.close();
});

it('an agent that is asked seldom is waited for each time: what was found before is no news', async () => {
  const { collector, at, clock } = watch([targetOf({ url: agent.url })], { requestTimeout: 0.3 });
  for (const seconds of [0, 60, 120]) {
    expect(rowOf(await at(seconds))).toMatchObject({
      time: microsFromMs(clock.nowMs),
      values: { reachable: 0 },
    });
  }
  await collector.close();
});

it('figures that hang hold up one snapshot, and the health of the agent is shown in time', async () => {
  agent.handler = (request) => {
    const uptime = 205.5 + (clock.nowMs - begunMs) / 1000;
    if (endpointOf(request) === 'unified') return 'hang';
    return endpointOf(request) === 'health'
      ? { body: edited('2.9.33/health', { uptime_seconds: uptime }) }
      : usual(request);
  };
  const { collector, at, clock } = watch([targetOf({ url: agent.url })], { requestTimeout });
  const begunMs = clock.nowMs;
  await at(0, 200);
  for (const seconds of [10, 20, 30, 40]) {
    const row = rowOf(await at(seconds));
    expect(row.info['error.type']).toBe('headers_timeout');
    expect(row.values).toMatchObject({ up: 1, uptime: 205.5 + Math.min(30, seconds) });
  }
  await collector.close();
});
