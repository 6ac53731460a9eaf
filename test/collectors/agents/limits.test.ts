import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenReading } from '../../../src/collectors/agent-target.ts';
import { FakeAgent, type Handler, type Reaction } from './fake-agent.ts';
import {
  edited,
  endpointOf,
  fixture,
  type HandClock,
  madeUpToken,
  recorded,
  refusal,
  rowOf,
  rowsOf,
  targetOf,
  watch,
} from './support.ts';

const usual = recorded('2.9.33');

let agent: FakeAgent;
beforeEach(async () => {
  agent = await FakeAgent.start(usual);
});
afterEach(() => agent.stop());

/** When requests with a token came in, by the clock of the test. */
function counting(clock: HandClock, answer: Handler): readonly number[] {
  const sentAt: number[] = [];
  agent.handler = (request) => {
    if (request.authorization !== undefined) sentAt.push(clock.nowMs);
    return answer(request);
  };
  return sentAt;
}

/** The clock of a test leaps on while a request that no snapshot waits for is on its way: it may come in some leaps late. */
const onTheWayMs = 5_000;

function expectWithin(sentAt: readonly number[], most: number): void {
  for (const [index, sent] of sentAt.entries()) {
    const apart = (sentAt[index + most] ?? Number.POSITIVE_INFINITY) - sent;
    expect(apart).toBeGreaterThanOrEqual(60_000 - onTheWayMs);
  }
}

describe('twelve requests with a token in any minute are never exceeded', () => {
  const answers: readonly Reaction[] = [
    'reset',
    refusal(401),
    refusal(403),
    refusal(404),
    refusal(500),
    refusal(429, { 'retry-after': '0' }),
    { body: '<html>' },
    { body: '{}' },
    { body: fixture('2.9.33/unified') },
  ];

  it('whatever is answered, with a snapshot each second and a new process now and then', async () => {
    const round = fc.record({
      answer: fc.constantFrom(...answers),
      restarts: fc.boolean(),
      token: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 90, maxLength: 90 }), async (rounds) => {
        let now = rounds[0];
        const token = async (): Promise<TokenReading> => ({ outcome: 'token', token: `t${now?.token}` });
        const { collector, at, clock } = watch([targetOf({ url: agent.url, token })], { healthInterval: 0 });
        let uptime = 1000;
        const sentAt = counting(clock, (request) => {
          const isHealth = endpointOf(request) === 'health';
          return isHealth
            ? { body: edited('2.9.33/health', { uptime_seconds: uptime }) }
            : (now?.answer ?? 'reset');
        });
        for (const [seconds, each] of rounds.entries()) {
          now = each;
          uptime = each.restarts ? 0 : uptime + 1;
          await at(seconds);
        }
        await collector.close();
        expectWithin(sentAt, 12);
      }),
      { numRuns: 8 },
    );
  });

  it('by an agent that the registry names only now and then, under one name or another', async () => {
    let targets = [targetOf({ url: agent.url })];
    const { collector, at, clock } = watch(() => targets);
    const sentAt = counting(clock, usual);
    for (let seconds = 0; seconds < 180; seconds += 1) {
      const other = targetOf({ url: agent.url, agentId: `other-${seconds % 7}` });
      targets = seconds % 3 === 0 ? [] : [targetOf({ url: agent.url }), other];
      await at(seconds);
    }
    expect(sentAt.length).toBeGreaterThan(20);
    expectWithin(sentAt, 12);
    await collector.close();
  });
});

it('tokens that take turns, and are all refused, are not sent again and again', async () => {
  const token = async ({ fresh }: { readonly fresh: boolean }): Promise<TokenReading> => ({
    outcome: 'token',
    token: fresh ? 'one-wrong-token' : 'another-wrong-token',
  });
  const { collector, at, clock } = watch([targetOf({ url: agent.url, token })]);
  const sentAt = counting(clock, usual);
  for (let seconds = 0; seconds < 175; seconds += 5) await at(seconds);
  expect(sentAt.map((ms) => (ms - (sentAt[0] ?? 0)) / 1000)).toEqual([0, 0, 60]);
  await collector.close();
});

it('an agent that cannot bear to be asked for its health is not asked for more', async () => {
  const { collector, at, clock } = watch([targetOf({ url: agent.url })]);
  await at(0);
  const sentAt = counting(clock, (request) =>
    endpointOf(request) === 'health' ? refusal(429, { 'retry-after': '120' }) : usual(request),
  );
  const asked = () => agent.requests.filter((each) => endpointOf(each) === 'health').length;
  for (const seconds of [60, 70, 120, 150]) {
    const { values, info } = rowOf(await at(seconds));
    expect([values.reachable, values.up, info['error.type']]).toEqual([1, 1, 'rate_limited']);
  }
  expect([sentAt, asked()]).toEqual([[], 2]);
  const late = rowOf(await at(179));
  expect([late.values.up, late.info['error.type']]).toEqual([undefined, 'rate_limited']);
  await at(181);
  expect(asked()).toBe(3);
  await collector.close();
});

it('an agent that asks for long patience is there, with nothing known of it', async () => {
  const { collector, at } = watch([targetOf({ url: agent.url })]);
  agent.handler = () => refusal(503, { 'retry-after': '3600' });
  await at(0);
  const collected = await at(300);
  const { values, states, info } = rowOf(collected);
  expect(collected.rows).toHaveLength(1);
  expect(info).toEqual({ 'error.type': 'server_error' });
  expect(states).toEqual({});
  expect(values).toMatchObject({ requestsHealth: 1, failuresServerError: 1 });
  expect([values.reachable, values.up, values.uptime]).toEqual([undefined, undefined, undefined]);
  await at(601);
  expect(agent.requests).toHaveLength(2);
  await collector.close();
});

describe('what was not found', () => {
  it('is looked for again after ten minutes, also where the process goes on', async () => {
    let isThere = false;
    agent.handler = (request) => {
      const isMissing = endpointOf(request) === 'unified' && !isThere;
      return isMissing ? refusal(404) : usual(request);
    };
    const { collector, at } = watch([targetOf({ url: agent.url })]);
    await at(0);
    isThere = true;
    expect(rowsOf(await at(590), 'agent_usage')).toEqual([]);
    expect(rowsOf(await at(610), 'agent_usage')).toHaveLength(1);
    await collector.close();
  });

  it('is looked for again where only liveness answers', async () => {
    let isThere = false;
    agent.handler = (request) => {
      if (endpointOf(request) === 'liveness') return { body: '{"status": "ok"}' };
      return isThere ? usual(request) : refusal(404);
    };
    const { collector, at } = watch([targetOf({ url: agent.url })]);
    await at(0);
    isThere = true;
    expect(rowOf(await at(590)).states.health).toBe('unknown');
    expect(rowOf(await at(610)).states.health).toBe('healthy');
    await collector.close();
  });
});

it('an agent that finds ever new words makes few findings', async () => {
  let round = 0;
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  agent.handler = (request) =>
    endpointOf(request) === 'health'
      ? {
          body: edited('2.9.33/health', { status: `odd_${letters[round]}`, cognitive_state: letters[round] }),
        }
      : usual(request);
  const { collector, at } = watch([targetOf({ url: agent.url })]);
  const messages = new Set<string>();
  for (; round < 26; round += 1) {
    const { findings = [] } = await at(round * 10);
    expect(findings).toHaveLength(2);
    for (const { message } of findings) messages.add(message);
  }
  expect(messages.size).toBeLessThanOrEqual(8);
  await collector.close();
});

it('a redirect to another host is given no token, in no request of any kind', async () => {
  const other = await FakeAgent.start(() => ({ body: fixture('2.9.33/unified') }));
  agent.handler = (request) =>
    endpointOf(request) === 'health'
      ? usual(request)
      : { status: 307, headers: { location: `${other.url}/v1/telemetry/unified` }, body: '' };
  const { collector, at } = watch([targetOf({ url: agent.url })]);
  const found = JSON.stringify([await at(0), await at(60)]);
  expect(other.requests).toEqual([]);
  expect(found).toContain('redirect');
  expect(found).not.toContain(madeUpToken);
  await collector.close();
  await other.stop();
});
