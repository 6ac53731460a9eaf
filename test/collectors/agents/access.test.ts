import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentTarget, TokenReading } from '../../../src/collectors/agent-target.ts';
import { FakeAgent } from './fake-agent.ts';
import { endpointOf, madeUpToken, recorded, refusal, rowOf, rowsOf, targetOf, watch } from './support.ts';

let agent: FakeAgent;
beforeEach(async () => {
  agent = await FakeAgent.start(recorded('2.9.33'));
});
afterEach(() => agent.stop());

const authorized = (): readonly string[] =>
  agent.requests.filter(({ authorization }) => authorization !== undefined).map(endpointOf);

/** Hands out one token, or another when it is asked to look anew. */
function tokens(known: string, fresh: string): { asked: boolean[]; token: AgentTarget['token'] } {
  const asked: boolean[] = [];
  let current = known;
  return {
    asked,
    token: async (options): Promise<TokenReading> => {
      asked.push(options.fresh);
      if (options.fresh) current = fresh;
      return { outcome: 'token', token: current };
    },
  };
}

describe('a token that is refused', () => {
  it('is read anew once, and another one is sent at once', async () => {
    const { asked, token } = tokens('an-old-token', madeUpToken);
    const { collector, at } = watch([targetOf({ url: agent.url, token })]);
    const collected = await at(0);
    expect(rowOf(collected).states.access).toBe('authorized');
    expect(rowsOf(collected, 'agent_usage')).toHaveLength(1);
    expect(asked.filter((fresh) => fresh)).toEqual([true]);
    expect(authorized().slice(0, 2)).toEqual(['unified', 'unified']);
    await collector.close();
  });

  it.each([401, 403])(
    '(%s) is not sent again when it is the same, but after pauses that grow',
    async (status) => {
      const usual = recorded('2.9.33');
      agent.handler = (request) => (endpointOf(request) === 'health' ? usual(request) : refusal(status));
      const { token } = tokens('a-wrong-token', 'a-wrong-token');
      const { collector, at } = watch([targetOf({ url: agent.url, token })]);
      const sentAt: number[] = [];
      for (let seconds = 0; seconds <= 3600; seconds += 10) {
        const before = authorized().length;
        const { values } = rowOf(await at(seconds));
        expect(values).toMatchObject({ reachable: 1, up: 1, authorized: 0 });
        if (authorized().length > before) sentAt.push(seconds);
      }
      expect(sentAt).toEqual([0, 60, 180, 420, 900, 1860]);
      expect(authorized()).toHaveLength(sentAt.length);
      await collector.close();
    },
  );

  it('is forgotten when another one comes', async () => {
    let current = 'a-wrong-token';
    const token = async (): Promise<TokenReading> => ({ outcome: 'token', token: current });
    const { collector, at } = watch([targetOf({ url: agent.url, token })]);
    expect(rowOf(await at(0)).values.authorized).toBe(0);
    current = madeUpToken;
    expect(rowOf(await at(10)).values.authorized).toBe(1);
    await collector.close();
  });
});

it('tokens that cannot be used or read are named, without what was thrown', async () => {
  const token = async (): Promise<TokenReading> => ({ outcome: 'unusable', message: 'no key decrypts it' });
  const failing = async (): Promise<TokenReading> => {
    throw new Error(`cannot read ${madeUpToken}`);
  };
  const { collector, at } = watch([
    targetOf({ url: agent.url, token }),
    targetOf({ url: agent.url, agentId: 'beta', token: failing }),
  ]);
  const collected = await at(0);
  expect(rowsOf(collected, 'agent').map(({ states }) => states.access)).toEqual([
    'token_unusable',
    'token_unusable',
  ]);
  expect(rowsOf(collected, 'agent').every(({ values }) => values.authorized === undefined)).toBe(true);
  expect(collected.problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('no key decrypts it'),
    expect.stringContaining('beta'),
  ]);
  expect(JSON.stringify(collected)).not.toContain(madeUpToken);
  await collector.close();
});

it('a source of tokens that hangs costs the figures and not the snapshot', async () => {
  const token = () => new Promise<TokenReading>(() => undefined);
  const { collector, at } = watch([targetOf({ url: agent.url, token })]);
  const collected = await at(0, 200);
  expect(rowOf(collected)).toMatchObject({ values: { reachable: 1, up: 1 }, states: { health: 'healthy' } });
  expect(rowOf(collected).states.access).toBeUndefined();
  expect(collected.problems).toHaveLength(1);
  await collector.close();
});

describe('the budget of requests', () => {
  it('holds in any minute, also when everything fails and snapshots come every second', async () => {
    const usual = recorded('2.9.33');
    const sentAt: number[] = [];
    const { collector, at, clock } = watch([targetOf({ url: agent.url })], { requestsPerMinute: 3 });
    agent.handler = (request) => {
      if (request.authorization !== undefined) sentAt.push(clock.nowMs);
      return endpointOf(request) === 'health' ? usual(request) : refusal(500);
    };
    for (let seconds = 0; seconds < 300; seconds += 1) await at(seconds);
    expect(sentAt.length).toBeGreaterThan(5);
    for (const [index, sent] of sentAt.entries()) {
      expect((sentAt[index + 3] ?? Number.POSITIVE_INFINITY) - sent).toBeGreaterThanOrEqual(60_000);
    }
    await collector.close();
  });

  it('is spent no faster than answers can change, and what was spent is told', async () => {
    const { collector, at } = watch([targetOf({ url: agent.url })]);
    let last = rowOf(await at(0));
    for (let seconds = 1; seconds <= 600; seconds += 1) last = rowOf(await at(seconds));
    const asked = agent.requests.map(endpointOf);
    const count = (name: string): number => asked.filter((each) => each === name).length;
    expect({ unified: count('unified'), status: count('status') }).toEqual({ unified: 21, status: 1 });
    expect(count('overview')).toBeLessThanOrEqual(3);
    expect(count('health')).toBe(121);
    expect(last.values).toMatchObject({ requestsHealth: 121, requestsUnified: 21, requestsStatus: 1 });
    await collector.close();
  });
});

it('nothing that is secret or text of users is in what was found', async () => {
  agent.handler = recorded('2.9.33-first-run');
  const { collector, at } = watch([targetOf({ url: agent.url })]);
  const first = await at(0);
  agent.handler = recorded('2.7.6');
  const all = JSON.stringify([first, await at(60), await at(120)]);
  for (const secret of [madeUpToken, 'Robin', 'Sample, who', 'a warning in words', 'not ready', 'MockLLM']) {
    expect(all).not.toContain(secret);
  }
  await collector.close();
});
