import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { RawAgent, type RawRequest, whole } from './raw-agent.ts';
import { edited, fixture, rowOf, shortTimeout, targetOf, watch } from './support.ts';

const health = JSON.stringify(JSON.parse(fixture('2.9.33/health')));
const running: RawAgent[] = [];

async function start(answer: (request: RawRequest) => void, host?: string): Promise<RawAgent> {
  const agent = await RawAgent.start(answer, host);
  running.push(agent);
  return agent;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((agent) => agent.stop()));
});

const noToken = async () => ({ outcome: 'none' }) as const;

async function look(agent: RawAgent, { url = agent.url, requestTimeout = 30 } = {}) {
  const { collector, at } = watch([targetOf({ url, token: noToken })], { requestTimeout });
  const collected = await at(0);
  await collector.close();
  return { ...rowOf(collected), problems: collected.problems };
}

/** Made before anybody waits for it. */
const packed = gzipSync(Buffer.alloc(20e6));

/** One byte after the other, until nobody reads on. */
function trickle({ socket }: RawRequest, head: string, piece: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write(piece), 20);
  socket.on('close', () => clearInterval(timer));
}

describe('what an HTTP server may do', () => {
  const fine: readonly [string, (request: RawRequest) => void][] = [
    ['HTTP/1.0 without a length', ({ socket }) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${health}`)],
    ['a byte order mark', ({ socket }) => socket.write(whole(`\uFEFF${health}`))],
    [
      'bytes that are no UTF-8 in a text',
      ({ socket }) => {
        const [before = '', after = ''] = health.split('"warnings":[]');
        const odd = Buffer.from([0xff, 0xfe, 0x80]);
        const list = [Buffer.from(`${before}"warnings":[{"severity":"info","message":"`), odd];
        socket.write(whole(Buffer.concat([...list, Buffer.from(`"}]${after}`)])));
      },
    ],
    [
      'names that objects of JavaScript have',
      ({ socket }) => socket.write(whole(`{"__proto__":{"status":"x"},"constructor":1,${health.slice(1)}`)),
    ],
    [
      'keys that come twice',
      ({ socket }) => socket.write(whole(`{"data":{"status":"x"},${health.slice(1)}`)),
    ],
  ];

  it.each(fine)('%s costs nothing', async (_, answer) => {
    const { info, values, states } = await look(await start(answer));
    expect(info['error.type']).toBeUndefined();
    expect([values.reachable, values.up, states.health, values.uptime]).toEqual([
      1,
      1,
      'healthy',
      205.497799,
    ]);
  });

  const failing: readonly [string, number, string, (request: RawRequest) => void][] = [
    [
      'connection_reset',
      0,
      'a body that ends before its length',
      ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n${health.slice(0, 500)}`),
    ],
    [
      'connection_reset',
      0,
      'a body that ends before its last chunk',
      ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"dat\r\n'),
    ],
    [
      'body_timeout',
      0,
      'a body that trickles',
      (request) => trickle(request, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\n \r\n'),
    ],
    [
      'headers_timeout',
      0,
      'headers that trickle',
      (request) => trickle(request, 'HTTP/1.1 200 OK\r\nx: ', 'y'),
    ],
    [
      'too_large',
      1,
      'headers without end',
      ({ socket }) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`),
    ],
    [
      'too_large',
      1,
      'a body without end',
      (request) => trickle(request, 'HTTP/1.1 200 OK\r\n\r\n', ' '.repeat(100_000)),
    ],
    [
      'not_json',
      1,
      'a packed body, which nobody asked for',
      ({ socket }) => socket.write(whole(packed, 'content-encoding: gzip\r\n')),
    ],
    [
      'unreadable',
      1,
      'very deep nesting',
      ({ socket }) => socket.write(whole(`${'['.repeat(1e5)}${']'.repeat(1e5)}`)),
    ],
    ['not_json', 1, 'nesting that never ends', ({ socket }) => socket.write(whole('{"data":'.repeat(3e4)))],
  ];

  it.each(failing)('%s: reachable %s: %s', async (type, reachable, _, answer) => {
    const requestTimeout = type.endsWith('timeout') ? shortTimeout : 30;
    const { info, values, states } = await look(await start(answer), { requestTimeout });
    expect([info['error.type'], values.reachable, values.uptime]).toEqual([type, reachable, undefined]);
    expect(states.health).toBe(reachable === 1 ? 'unknown' : undefined);
  });
});

it('nothing packed is asked for', async () => {
  const agent = await start(({ socket }) => socket.write(whole(health)));
  await look(agent);
  expect(agent.requests[0]).toMatch(/\r\naccept-encoding: identity\r\n/i);
});

it.each([
  ['::1', '[::1]'],
  ['127.0.0.1', 'localhost'],
])('an agent that listens at %s is found at %s', async (host, name) => {
  const agent = await start(({ socket }) => socket.write(whole(health)), host);
  expect((await look(agent, { url: `http://${name}:${agent.port}` })).values.reachable).toBe(1);
});

it.each([
  ['uptime_seconds', 1e300],
  ['uptime_seconds', 1_795_605_290],
  ['uptime_seconds', '205.4'],
  ['uptime_seconds', -3],
])('a %s of %s is none', async (key, value) => {
  const body = edited('2.9.33/health', { [key]: value });
  const found = await look(await start(({ socket }) => socket.write(whole(body))));
  expect(found.values.uptime).toBeUndefined();
  expect(found.values.up).toBe(1);
  expect(found.problems).toHaveLength(1);
});

describe('a connection that the server closes as it is used again', () => {
  const figures: Readonly<Record<string, string>> = {
    '/v1/system/health': health,
    '/v1/telemetry/unified': fixture('2.9.33/unified'),
    '/v1/agent/status': fixture('2.9.33/status'),
    '/v1/telemetry/overview': fixture('2.9.33/overview'),
  };
  const answerTo = ({ text }: RawRequest): Buffer => {
    const path = /^GET ([^ ?]+)/.exec(text)?.[1] ?? '';
    return whole(figures[path] ?? '{}');
  };

  const count = (agent: RawAgent, path: string): number =>
    agent.requests.filter((text) => text.includes(path)).length;

  it('is no failure: the request is sent once more', async () => {
    const agent = await start((request) => {
      if (request.index === 0) request.socket.write(answerTo(request));
      else request.socket.destroy();
    });
    const { collector, at } = watch([targetOf({ url: agent.url })]);
    for (const seconds of [0, 60, 120, 180]) {
      const collected = await at(seconds);
      const { values, info } = rowOf(collected);
      expect(info['error.type']).toBeUndefined();
      expect(Object.keys(values).filter((key) => key.startsWith('failures'))).toEqual([]);
      expect(collected.problems).toEqual([]);
      expect(values.requestsHealth).toBe(count(agent, '/health'));
      expect(values.requestsUnified).toBe(count(agent, '/unified'));
    }
    expect(agent.requests.length).toBeGreaterThan(10);
    await collector.close();
  });

  /** One that closes connections that were used before, or all, when it is asked for figures from the second time on. */
  const closing = (isClosed: (index: number) => boolean) => {
    let unified = 0;
    return (request: RawRequest): void => {
      if (request.text.includes('/unified')) unified += 1;
      if (request.text.includes('/unified') && unified > 1 && isClosed(request.index))
        request.socket.destroy();
      else request.socket.write(answerTo(request));
    };
  };

  it('is a failure when there is nothing left to be spent', async () => {
    const agent = await start(closing((index) => index > 0));
    const { collector, at } = watch([targetOf({ url: agent.url })], { requestsPerMinute: 1 });
    await at(0);
    expect(rowOf(await at(61)).info['error.type']).toBe('connection_reset');
    expect(count(agent, '/unified')).toBe(2);
    await collector.close();
  });

  it('is a failure when new ones are closed too', async () => {
    const agent = await start(closing(() => true));
    const { collector, at } = watch([targetOf({ url: agent.url })]);
    await at(0);
    const { values, info } = rowOf(await at(61));
    expect(info['error.type']).toBe('connection_reset');
    expect(values.failuresConnectionReset).toBe(1);
    expect(count(agent, '/unified')).toBe(3);
    await collector.close();
  });

  it('is a failure at once when it was new', async () => {
    const agent = await start(({ socket }) => socket.destroy());
    expect((await look(agent)).info['error.type']).toBe('connection_reset');
    expect(agent.requests).toHaveLength(1);
  });
});

describe('a server that asks for patience', () => {
  const date = 'Wed, 25 Nov 2026 11:14:50 GMT';
  const later = 'Wed, 25 Nov 2026 11:16:50 GMT';
  it.each([
    ['45', {}, 45],
    ['120', {}, 120],
    [later, { date }, 120],
    [later, { date: 'Wed, 25 Nov 2026 11:15:50 GMT' }, 60],
    ['99999999999999999999', {}, 600],
    ['Fri, 31 Dec 9999 23:59:59 GMT', { date }, 600],
    ['-5', {}, 30],
    ['1.5', {}, 30],
    ['soon', {}, 30],
    ['', {}, 30],
    ['Mon, 01 Jan 2001 00:00:00 GMT', { date }, 30],
    ['12, 13', {}, 30],
  ])('by Retry-After: %s is asked no sooner', async (retryAfter, headers, seconds) => {
    const asked: number[] = [];
    const { collector, at, clock } = watch([targetOf({ url: (await startCounting()).url })]);
    async function startCounting(): Promise<RawAgent> {
      return start((request) => {
        if (request.text.includes('/health')) request.socket.write(whole(health));
        else {
          asked.push(clock.nowMs);
          const lines = Object.entries({ 'retry-after': retryAfter, ...headers });
          const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
          request.socket.write(`HTTP/1.1 429 Too Many\r\ncontent-length: 0\r\n${head}\r\n`);
        }
      });
    }
    for (let at5 = 0; at5 <= seconds + 5; at5 += 5) await at(at5);
    const [first = 0, second = 0] = asked;
    expect((second - first) / 1000).toBe(seconds);
    await collector.close();
  });
});
