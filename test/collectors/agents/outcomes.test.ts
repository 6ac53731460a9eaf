import { once } from 'node:events';
import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../e2e/support/port.ts';
import { FakeAgent, type Reaction } from './fake-agent.ts';
import { endpointOf, fixture, recorded, refusal, rowOf, shortTimeout, targetOf, watch } from './support.ts';

let agent: FakeAgent;
beforeEach(async () => {
  agent = await FakeAgent.start(recorded('2.9.33'));
});
afterEach(() => agent.stop());

const huge = JSON.stringify({ data: { status: 'healthy', filling: 'x'.repeat(300_000) } });

const reactions: readonly [type: string, reachable: number, reaction: Reaction][] = [
  ['headers_timeout', 0, 'hang'],
  ['body_timeout', 0, 'stall'],
  ['connection_reset', 0, 'reset'],
  ['unauthorized', 1, refusal(401)],
  ['forbidden', 1, refusal(403)],
  ['not_found', 1, refusal(404)],
  ['rate_limited', 1, refusal(429)],
  ['client_error', 1, refusal(418)],
  ['server_error', 1, refusal(500)],
  ['server_error', 1, refusal(503)],
  ['redirect', 1, { status: 301, headers: { location: 'http://127.0.0.1:9/' }, body: '' }],
  ['not_json', 1, { body: '<html></html>' }],
  ['not_json', 1, { body: '{"data": {"status": "healthy", "uptime_seconds": NaN}}' }],
  ['not_json', 1, { status: 204, body: '' }],
  ['too_large', 1, { body: huge }],
  ['unreadable', 1, { body: '{"hello": "world"}' }],
  ['unreadable', 1, { body: '[]' }],
];

const optionsFor = (type: string) => (type.endsWith('timeout') ? { requestTimeout: shortTimeout } : {});

describe('each way to fail', () => {
  it.each(reactions)('is told apart in the health of an agent: %s', async (type, reachable, reaction) => {
    agent.handler = () => reaction;
    const { collector, at } = watch([targetOf({ url: agent.url })], optionsFor(type));
    const { info, values } = rowOf(await at(0));
    expect([info['error.type'], values.reachable]).toEqual([type, reachable]);
    expect(Object.keys(values).filter((key) => key.startsWith('failures'))).toHaveLength(1);
    await collector.close();
  });

  it.each(reactions)('is told apart in its figures, and costs them alone: %s', async (type, _, reaction) => {
    const usual = recorded('2.9.33');
    agent.handler = (request) => (endpointOf(request) === 'unified' ? reaction : usual(request));
    const { collector, at } = watch([targetOf({ url: agent.url })], optionsFor(type));
    const collected = await at(0);
    const { info, values, states } = rowOf(collected);
    expect([info['error.type'], values.up, states.health]).toEqual([type, 1, 'healthy']);
    expect(collected.rows).toHaveLength(1);
    expect(collected.problems).toHaveLength(1);
    await collector.close();
  });

  it('a port on which nothing listens is a refused connection', async () => {
    const { collector, at } = watch([targetOf({ url: `http://127.0.0.1:${await freePort()}` })]);
    expect(rowOf(await at(0)).info['error.type']).toBe('connection_refused');
    await collector.close();
  });

  it('a host that has no address has an unknown name', async () => {
    const { collector, at } = watch([targetOf({ url: 'http://no-such-host.invalid:8080' })], {
      requestTimeout: 5,
    });
    expect(rowOf(await at(0)).info['error.type']).toBe('name_unknown');
    await collector.close();
  });

  it('a connection that is never accepted ends with a deadline of its own', async () => {
    const stuck = await neverAccepting();
    const { collector, at } = watch([targetOf({ url: `http://127.0.0.1:${stuck.port}` })], {
      requestTimeout: 5,
      connectTimeout: 0.2,
    });
    expect(rowOf(await at(0)).info['error.type']).toBe('connect_timeout');
    await collector.close();
    await stuck.stop();
  });

  it('what speaks no HTTP is unreadable', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { collector, at } = watch([targetOf({ url: `http://127.0.0.1:${port}` })]);
    expect(rowOf(await at(0)).info['error.type']).toBe('unreadable');
    await collector.close();
    server.close();
  });

  it('no address, or none that can be used, is a state of its own', async () => {
    const urls = [undefined, 'not a url', 'ftp://127.0.0.1:1'];
    const { collector, at } = watch(urls.map((url, index) => targetOf({ url, agentId: `a${index}` })));
    const { rows } = await at(0);
    expect(rows.map(({ info, values }) => [info, values])).toEqual(
      urls.map(() => [{ 'error.type': 'no_address' }, {}]),
    );
    await collector.close();
  });
});

it('B33: a stranger is given no token, and what is redirected to is not asked', async () => {
  const other = await FakeAgent.start(() => ({ body: fixture('2.9.33/health') }));
  agent.handler = () => ({ status: 302, headers: { location: `${other.url}/v1/system/health` }, body: '' });
  const { collector, at } = watch([targetOf({ url: agent.url })]);
  await at(0);
  expect(agent.paths).toEqual(['/v1/system/health']);
  expect(other.requests).toEqual([]);
  await collector.close();
  await other.stop();
});

it('B32: hundreds of answers that fail leave no socket behind', async () => {
  const kinds: readonly Reaction[] = [refusal(500), { body: '<html>' }, { body: huge }, refusal(404)];
  const usual = recorded('2.9.33');
  const { collector, at } = watch([targetOf({ url: agent.url })], { healthInterval: 0 });
  for (let round = 0; round < 500; round += 1) {
    agent.handler = round % 5 === 4 ? usual : () => kinds[round % 4] ?? 'reset';
    await at(round);
    expect(agent.sockets.size).toBeLessThanOrEqual(2);
  }
  expect(agent.requests.length).toBeGreaterThanOrEqual(500);
  await collector.close();
});

/** A listener whose queue of connections is full, in a thread that does not run. */
async function neverAccepting(): Promise<{ readonly port: number; readonly stop: () => Promise<unknown> }> {
  const program = `
    const { createServer, connect } = require('node:net');
    const { parentPort } = require('node:worker_threads');
    const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      const { port } = server.address();
      parentPort.postMessage(port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
    });`;
  const worker = new Worker(program, { eval: true });
  const [port] = await once(worker, 'message');
  const { connect } = await import('node:net');
  const filling = Array.from({ length: 4 }, () =>
    connect(Number(port), '127.0.0.1').on('error', () => undefined),
  );
  await Promise.race(filling.map((socket) => once(socket, 'connect')));
  return {
    port: Number(port),
    stop: async () => {
      for (const socket of filling) socket.destroy();
      await worker.terminate();
    },
  };
}
