import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tokenOf } from '../../src/demo/agent-key.ts';
import type { AgentScript, Conduct } from '../../src/demo/script.ts';
import type { AgentVersion } from '../../src/demo/shapes/versions.ts';
import { ask, bearer, fleetOf } from './support.ts';

interface Changes {
  readonly conduct?: Conduct;
  readonly version?: AgentVersion;
}

async function agentOf({ conduct = 'answers', version = '2.9.33-stable' }: Changes = {}) {
  const agent: AgentScript = {
    agentId: 'sample-ab12cd',
    serverId: 'main',
    name: 'Sample',
    template: 'default',
    conduct,
    runs: [
      { from: -100, until: 100, version, wakeup: 0 },
      { from: 110, version, wakeup: 0 },
    ],
    outages: [],
    requestsPerSecond: 1,
  };
  const fleet = await fleetOf({ agents: [agent] });
  return { ...fleet, url: fleet.agents[0]?.url ?? '', token: tokenOf(agent) };
}

const health = '/v1/system/health';
const unified = '/v1/telemetry/unified';
const overview = '/v1/telemetry/overview';
const status = '/v1/agent/status';

describe('a request', () => {
  it.each([
    ['without a token', unified, {}, 401, { detail: 'Missing authorization header' }],
    ['with a wrong token', unified, bearer('wrong'), 401, { detail: 'Invalid service token' }],
    ['for what is not there', '/v1/nothing', {}, 404, { detail: 'Not Found' }],
    ['by another method', unified, { method: 'POST' }, 405, { detail: 'Method Not Allowed' }],
  ])('%s is refused', async (_what, path, options, code, body) => {
    await using agent = await agentOf();
    const reply = await ask(agent.url + path, options);
    expect(reply.status).toBe(code);
    expect(reply.body).toEqual(body);
    expect(reply.headers['x-ratelimit-limit']).toBe('60');
  });

  it('is answered behind the path that a proxy puts before it, too', async () => {
    await using agent = await agentOf();
    const reply = await ask(`${agent.url}/api/sample-ab12cd${status}?x=1`, bearer(agent.token));
    expect(reply).toMatchObject({ status: 200, headers: { vary: 'Origin' } });
  });
});

describe('the rate limit', () => {
  it('is 60 a minute for holders of a token, and one more each second', async () => {
    await using agent = await agentOf();
    const reads = () => ask(agent.url + status, bearer(agent.token));
    for (let count = 60; count > 0; count -= 1) {
      expect((await reads()).headers['x-ratelimit-remaining']).toBe(String(count - 1));
    }
    const refused = await reads();
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'x-ratelimit-remaining': '0' });
    expect(refused.body).toMatchObject({ error: 'rate_limit_exceeded', retry_after: 1 });
    agent.turnClock(1);
    expect((await reads()).status).toBe(200);
    expect((await reads()).status).toBe(429);
  });

  it('counts wrong tokens with the right ones, those without apart, and health not at all', async () => {
    await using agent = await agentOf();
    for (let count = 60; count > 0; count -= 1) await ask(agent.url + unified, bearer('wrong'));
    expect((await ask(agent.url + unified, bearer(agent.token))).status).toBe(429);
    expect((await ask(agent.url + unified)).status).toBe(401);
    const open = await ask(agent.url + health);
    expect(open.status).toBe(200);
    expect(open.headers['x-ratelimit-limit']).toBeUndefined();
  });

  it('is not there in 1.1.9', async () => {
    await using agent = await agentOf({ version: '1.1.9' });
    for (let count = 61; count > 0; count -= 1) {
      const { status: code, headers } = await ask(agent.url + status, bearer(agent.token));
      expect([code, headers['x-ratelimit-limit']]).toEqual([200, undefined]);
    }
  });
});

describe('what an agent keeps for a while', () => {
  const requests = z.object({
    timestamp: z.string(),
    services: z.object({ llm: z.object({ requests_handled: z.number() }) }),
    metadata: z.object({ cache_hit: z.boolean().nullable() }),
  });

  it('is unified for 30 seconds, which the answer shows', async () => {
    await using agent = await agentOf();
    const read = async () => {
      const { timestamp, services, metadata } = requests.parse(
        (await ask(agent.url + unified, bearer(agent.token))).body,
      );
      return [timestamp.slice(14, 19), services.llm.requests_handled, metadata.cache_hit];
    };
    expect(await read()).toEqual(['00:00', 96, null]);
    agent.turnClock(29);
    expect(await read()).toEqual(['00:00', 96, true]);
    agent.turnClock(30);
    expect(await read()).toEqual(['00:30', 126, null]);
  });

  it('are the sums of overview for 60 seconds, but not its uptime', async () => {
    await using agent = await agentOf();
    const figures = z.object({
      data: z.object({ uptime_seconds: z.number(), tokens_24h: z.number(), total_metrics: z.number() }),
    });
    const read = async () => {
      const { data } = figures.parse((await ask(agent.url + overview, bearer(agent.token))).body);
      return [data.uptime_seconds, data.tokens_24h, data.total_metrics];
    };
    expect(await read()).toEqual([100, 96 * 38_000, 768]);
    agent.turnClock(59);
    expect(await read()).toEqual([159, 96 * 38_000, 1_240]);
    agent.turnClock(60);
    expect(await read()).toEqual([160, 125 * 38_000, 1_248]);
  });

  it('is not kept over a restart', async () => {
    await using agent = await agentOf();
    agent.turnClock(95);
    await ask(agent.url + unified, bearer(agent.token));
    await agent.jumpTo(115);
    const { services } = requests.parse((await ask(agent.url + unified, bearer(agent.token))).body);
    expect(services.llm.requests_handled).toBe(1);
  });
});

describe('an agent', () => {
  it('that refuses tokens says 401 to its own, and health to all', async () => {
    await using agent = await agentOf({ conduct: 'refuses_tokens' });
    expect((await ask(agent.url + unified, bearer(agent.token))).status).toBe(401);
    expect((await ask(agent.url + health)).status).toBe(200);
  });

  it('that hangs takes the request and says nothing', async () => {
    await using agent = await agentOf({ conduct: 'hangs' });
    const signal = AbortSignal.timeout(200);
    await expect(ask(agent.url + health, { signal })).rejects.toThrow('aborted');
  });

  it('that is stopped refuses connections', async () => {
    await using agent = await agentOf({ conduct: 'stopped' });
    await expect(ask(agent.url + health)).rejects.toThrow('ECONNREFUSED');
  });

  it('that restarts refuses connections in between, and comes back on its port', async () => {
    await using agent = await agentOf();
    await agent.jumpTo(105);
    await expect(ask(agent.url + health)).rejects.toThrow('ECONNREFUSED');
    await agent.jumpTo(112);
    expect(await ask(agent.url + health)).toMatchObject({
      status: 200,
      body: { data: { uptime_seconds: 2 } },
    });
  });

  it('that is gone by its clock alone hangs up', async () => {
    await using agent = await agentOf();
    agent.turnClock(105);
    await expect(ask(agent.url + health)).rejects.toThrow(/ECONNRESET|socket hang up/);
  });
});
