import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readServices } from '../../../src/collectors/agents/service-figures.ts';
import { FakeAgent } from './fake-agent.ts';
import { edited, endpointOf, recorded, refusal, rowOf, rowsOf, targetOf, watch } from './support.ts';

const usual = recorded('2.9.33');

let agent: FakeAgent;
beforeEach(async () => {
  agent = await FakeAgent.start(usual);
});
afterEach(() => agent.stop());

const tokensSeen = (): number => agent.requests.filter(({ authorization }) => authorization).length;

describe('what only says that it lives', () => {
  const liveness = (body: string) => {
    agent.handler = (request) =>
      endpointOf(request) === 'liveness'
        ? { body }
        : endpointOf(request) === 'health'
          ? refusal(404)
          : usual(request);
    return watch([targetOf({ url: agent.url })]);
  };

  it('is given the token when it names its version, as agents do', async () => {
    const { collector, at } = liveness('{"status": "ok", "version": "2.7.6-stable", "api": "running"}');
    expect(rowsOf(await at(0), 'agent_usage')).toHaveLength(1);
    await collector.close();
  });

  it.each(['{"status": "ok"}', '{"status": "healthy"}'])(
    'may be anything, and is given none: %s',
    async (body) => {
      const { collector, at } = liveness(body);
      expect(rowOf(await at(0)).values).toMatchObject({ reachable: 1, up: 1 });
      expect(tokensSeen()).toBe(0);
      await collector.close();
    },
  );

  it.each(['healthy', 'degraded', 'critical'])(
    'and says how it is in a word is taken at it: %s',
    async (word) => {
      const { collector, at } = liveness(`{"status": "${word}", "version": "2.7.6-stable"}`);
      expect(rowOf(await at(0)).states.health).toBe(word);
      await collector.close();
    },
  );
});

it('a failure on our side says nothing of the agent', async () => {
  const { collector, at } = watch([targetOf({ url: agent.url })], { downAfter: 1 });
  expect(rowOf(await at(0)).values.up).toBe(1);
  await collector.close();
  // Its connections are closed for ever: whatever is asked now fails here.
  const { info, values } = rowOf(await at(10));
  expect([info['error.type'], values.reachable, values.up]).toEqual(['other', undefined, 1]);
});

it('figures that were sent a moment before they were taken are of when they came', async () => {
  agent.handler = (request) =>
    endpointOf(request) === 'unified'
      ? { body: edited('2.9.33/unified', { timestamp: '2026-11-25T11:14:51.5Z', _metadata: undefined }) }
      : usual(request);
  const { collector, at, clock } = watch([targetOf({ url: agent.url })]);
  expect(rowOf(await at(0), 'agent_usage').time).toBe(clock.nowMs * 1000);
  await collector.close();
});

it('a name that goes on and on costs no time', () => {
  const long = `${'_11111'.repeat(40_000)}x`;
  const { services, problem } = readServices(
    { [long]: {}, llm: { healthy: true, uptime_seconds: 1, error_count: 0 } },
    10,
  );
  expect(services.map(({ name }) => name)).toEqual(['llm']);
  expect(problem).toContain('a name that is not shown');
});
