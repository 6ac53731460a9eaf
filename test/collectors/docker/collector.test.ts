import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../../src/collectors/collector.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { FakeEngine, type Handler } from './fake-engine.ts';
import {
  type CollectorOptions,
  collectNow,
  containersOf,
  fleet,
  serverOf,
  startCollector,
} from './support.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function startEngine(handler: Handler): Promise<FakeEngine> {
  const engine = await FakeEngine.start(handler);
  open.push({ close: () => engine.stop() });
  return engine;
}

function watch(engine: FakeEngine, options: Partial<CollectorOptions> = {}): Collector {
  const collector = startCollector({ dockerHost: engine.host, ...options });
  open.push(collector);
  return collector;
}

describe('what an engine is asked', () => {
  it('B48 each running container once a collection, its details once and for all', async () => {
    const engine = await startEngine(fleet({ size: 30 }));
    const collector = watch(engine);
    for (const _ of [1, 2, 3]) await collectNow(collector);
    expect(engine.requestsFor(/\/stats$/)).toHaveLength(90);
    expect(engine.requestsFor(/^\/containers\/[^/]+\/json$/)).toHaveLength(30);
    expect(engine.requestsFor(/^\/(version|info)$/)).toHaveLength(2);
    expect(engine.requestsFor(/^\/containers\/json$/)).toHaveLength(3);
  });

  it('stopped containers too, and one reading without a stream', async () => {
    const engine = await startEngine(fleet({ size: 1 }));
    await collectNow(watch(engine));
    expect(engine.requestsFor(/^\/containers\/json$/)[0]?.query.get('all')).toBe('true');
    const query = engine.requestsFor(/\/stats$/)[0]?.query;
    expect(query?.get('stream')).toBe('false');
    expect(query?.get('one-shot')).toBe('true');
  });

  it('B07 all at once, but never more than agreed', async () => {
    const engine = await startEngine(fleet({ size: 40, figures: () => delay(20).then(() => undefined) }));
    const collected = await collectNow(watch(engine, { concurrency: 8 }));
    expect(containersOf(collected)).toHaveLength(40);
    expect(collected.problems).toEqual([]);
    expect(engine.mostAtOnce).toBe(8);
    expect(engine.openSockets).toBeLessThanOrEqual(8);
  });

  it('nothing that a container tells of itself but who its agent is leaves the collector', async () => {
    const secret = 'CIRIS_SERVICE_TOKEN=hunter2';
    const answers = fleet({ size: 1 });
    const engine = await startEngine(async (request) => {
      if (!/^\/containers\/[^/]+\/json$/.test(request.path)) return answers(request);
      const Env = [secret, 'CIRIS_AGENT_ID=alpha', 'AGENT_OCCURRENCE_ID=', 'CIRIS_AGENT_ID_OLD=beta'];
      return { body: { Name: '/agent-0', State: { Status: 'running' }, Config: { Env } } };
    });
    const collected = await collectNow(watch(engine));
    expect(JSON.stringify(collected)).not.toContain('hunter2');
    expect(containersOf(collected)[0]?.info).toMatchObject({ 'ciris.agent.id': 'alpha' });
    expect(containersOf(collected)[0]?.info).not.toHaveProperty('ciris.agent.occurrence.id');
  });
});

describe('figures that the host does not account', () => {
  const zeros = { cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 } };
  const zeroDisk = { io_service_bytes_recursive: ['read', 'write'].map((op) => ({ op, value: 0 })) };
  it.each([
    ['B45', 'memory figures', { cpu_usage: { total_usage: 5e9 } }, {}, /cgroup_enable=memory/],
    ['B05', 'CPU and memory figures', zeros, { usage: 0, limit: 0 }, /rootless/],
  ])('%s %s are absent, and a hint is logged once', async (_, what, cpu_stats, memory_stats, remedy) => {
    const body = {
      read: new Date().toISOString(),
      cpu_stats,
      memory_stats,
      pids_stats: { current: 0 },
      blkio_stats: cpu_stats === zeros ? zeroDisk : {},
      networks: cpu_stats === zeros ? { eth0: { rx_bytes: 0, tx_bytes: 0 } } : {},
    };
    const engine = await startEngine(fleet({ size: 2, figures: () => ({ body }) }));
    const hints: string[] = [];
    const info = (message: string) => void hints.push(message);
    const collector = startCollector({ dockerHost: engine.host }, { ...silentLogger, info });
    open.push(collector);
    await collectNow(collector);
    const collected = await collectNow(collector);
    expect(collected.problems).toEqual([]);
    expect(Object.keys(containersOf(collected)[0]?.values ?? {})).toEqual([
      'startedAt',
      'uptime',
      'restarts',
    ]);
    expect(hints.slice(2)).toEqual([expect.stringMatching(remedy)]);
    expect(hints[2]).toContain(`no ${what}`);
  });
});

describe('when time is up', () => {
  it('B07 what has arrived is there; what hangs is a timeout each', async () => {
    const engine = await startEngine(
      fleet({ size: 40, figures: (index) => (index === 7 ? 'hang' : undefined) }),
    );
    const collected = await collectNow(watch(engine, { concurrency: 16, requestTimeout: 60 }), 8000);
    const withFigures = containersOf(collected).filter(({ values }) => values.memoryUsage !== undefined);
    expect(withFigures).toHaveLength(39);
    expect(collected.failure).toBeUndefined();
    expect(collected.problems).toEqual([
      { kind: 'timeout', message: expect.stringContaining("before the collection's time was up") },
    ]);
  });

  it('containers that were not asked any more have no figures, and are problems', async () => {
    const engine = await startEngine(fleet({ size: 6, figures: () => 'hang' }));
    const collected = await collectNow(watch(engine, { concurrency: 2, requestTimeout: 60 }), 4000);
    expect(containersOf(collected)).toHaveLength(6);
    expect(collected.problems.map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => 'timeout'));
  });

  it('B12 an engine that accepts and never answers is down, and says so in time', async () => {
    const engine = await startEngine(() => 'hang');
    const collected = await collectNow(watch(engine, { requestTimeout: 60 }), 200);
    expect(serverOf(collected)?.values.up).toBe(0);
    expect(collected.failure?.type).toBe('timeout');
  });

  it('an answer that changes the protocol is as good as none', async () => {
    const change = { status: 101, headers: { Connection: 'Upgrade', Upgrade: 'other' }, body: '' };
    const engine = await startEngine(
      fleet({ size: 2, figures: (index) => (index === 0 ? change : undefined) }),
    );
    const collected = await collectNow(watch(engine, { requestTimeout: 4 }), 60_000);
    expect(collected.problems.map(({ kind }) => kind)).toEqual(['timeout']);
    expect(containersOf(collected)[1]?.values.memoryUsage).toBe(6e8);
  });

  it('B49 connections neither pile up nor stay', async () => {
    let calls = 0;
    const figures = () => {
      calls += 1;
      return calls % 2 === 0 ? ('hang' as const) : undefined;
    };
    const engine = await startEngine(fleet({ size: 20, figures }));
    const collector = watch(engine, { concurrency: 20, requestTimeout: 3 });
    for (let cycle = 0; cycle < 6; cycle += 1) await collectNow(collector, 60_000);
    expect(calls).toBe(120);
    expect(engine.openSockets).toBeLessThanOrEqual(20);
    await collector.close();
    await expect.poll(() => engine.openSockets).toBe(0);
  });
});

describe('answers that are not as they should be', () => {
  it('one that is far too long costs its container alone', async () => {
    const engine = await startEngine(
      fleet({ size: 2, figures: (index) => (index === 0 ? { body: 'x'.repeat(2 ** 21) } : undefined) }),
    );
    const collected = await collectNow(watch(engine));
    expect(collected.problems).toEqual([
      { kind: 'other', message: expect.stringContaining('longer than 1048576 bytes') },
    ]);
    expect(containersOf(collected)[1]?.values.memoryUsage).toBe(6e8);
  });

  it("an engine's error is passed on in its own words", async () => {
    const body = { message: 'cgroup of container is gone: "x"' };
    const engine = await startEngine(fleet({ size: 1, figures: () => ({ status: 500, body }) }));
    const collected = await collectNow(watch(engine));
    expect(collected.problems).toEqual([
      { kind: 'other', message: expect.stringContaining(`HTTP 500: ${body.message}`) },
    ]);
  });

  it.each([
    [
      400,
      'Client sent an HTTP request to an HTTPS server.\n',
      'HTTP 400: Client sent an HTTP request to an HTTPS server.; set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH',
    ],
    [
      403,
      '<html>\n<h1>403 Forbidden</h1>\r\n</html>',
      'HTTP 403: <html> <h1>403 Forbidden</h1> </html>; whatever stands before the engine must let this request pass',
    ],
  ])(
    'HTTP %d in place of a version is passed on in one line, with what to do',
    async (status, body, words) => {
      const engine = await startEngine(() => ({ status, body }));
      const { failure } = await collectNow(watch(engine));
      expect(failure?.message).toBe(`asking ${engine.host} for its version was answered with ${words}`);
    },
  );

  it.each(['/elsewhere', 'https://127.0.0.1:1/elsewhere', 'x:y'])(
    'a redirect to %s is an answer that is none, and is not followed',
    async (Location) => {
      const redirect = { status: 302, headers: { Location }, body: 'Found' };
      const answers = fleet({ size: 2, figures: (index) => (index === 0 ? redirect : undefined) });
      const engine = await startEngine(answers);
      const collected = await collectNow(watch(engine));
      expect(collected.problems).toEqual([
        { kind: 'other', message: expect.stringContaining('was answered with HTTP 302: Found') },
      ]);
      expect(containersOf(collected)[1]?.values.memoryUsage).toBe(6e8);
      engine.handler = () => redirect;
      const { failure } = await collectNow(watch(engine));
      expect(failure).toMatchObject({
        type: 'protocol',
        message: expect.stringContaining('DOCKER_HOST must name the engine itself'),
      });
      expect(engine.requestsFor(/elsewhere/)).toEqual([]);
    },
  );

  it('a list that is none is a failure', async () => {
    const answers = fleet({ size: 1 });
    const engine = await startEngine((request) =>
      request.path === '/containers/json' ? { body: '<html>login</html>' } : answers(request),
    );
    const collected = await collectNow(watch(engine));
    expect(collected.failure?.type).toBe('protocol');
    expect(collected.rows).toHaveLength(1);
  });

  it('details of no known form cost what they would say, and are a problem', async () => {
    const answers = fleet({ size: 1 });
    const engine = await startEngine((request) =>
      /^\/containers\/[^/]+\/json$/.test(request.path) ? { body: { State: 'running' } } : answers(request),
    );
    const collected = await collectNow(watch(engine));
    const [row] = containersOf(collected);
    expect(row?.start).toBeUndefined();
    expect(row?.values).toMatchObject({ memoryUsage: 6e8 });
    expect(collected.problems.map(({ kind }) => kind)).toEqual(['parse']);
  });
});
