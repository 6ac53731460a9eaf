import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { problemOf, testApi } from './support/api.ts';

describe('what no route answers', () => {
  test.each([
    ['GET', '/nothing'],
    ['POST', '/telemetry'],
    ['GET', '/metrics/'],
    ['PROPFIND', '/nothing'],
  ] as const)('%s %s is 404', async (method, url) => {
    const answer = await testApi().app.inject({
      method,
      url,
      payload: 'x',
      headers: { 'content-type': 'text/odd' },
    });
    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'not_found' });
  });

  test.each([
    ['POST', '/metrics', 'GET, HEAD'],
    ['PROPFIND', '/metrics?x=1', 'GET, HEAD'],
    ['DELETE', '/telemetry/status', 'GET, HEAD'],
    ['GET', '/telemetry/collect', 'POST'],
    ['PUT', '/telemetry/collections/1', 'GET, HEAD'],
    ['OPTIONS', '/healthz', 'GET, HEAD'],
  ] as const)('%s %s is 405 and allows %s', async (method, url, allow) => {
    const answer = await testApi().app.inject({
      method,
      url,
      payload: 'x',
      headers: { 'content-type': 'text/odd' },
    });
    expect(problemOf(answer)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(answer.headers.allow).toBe(allow);
  });

  test('a path that is no path is 400', async () => {
    expect(problemOf(await testApi().app.inject('/telemetry/%zz'))).toMatchObject({ status: 400 });
  });

  test('HEAD of an error has its headers and no body', async () => {
    const answer = await testApi({ history: undefined }).app.inject({
      method: 'HEAD',
      url: '/telemetry/history',
    });
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      400,
      'application/problem+json',
      '',
    ]);
  });

  test('every answer, good or bad, is neither sniffed nor kept', async () => {
    const { app } = testApi();
    for (const url of ['/healthz', '/nothing', '/telemetry/status?x=1']) {
      expect((await app.inject(url)).headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
    }
  });
});

describe('the Host header', () => {
  const statusFor = async (host: string, allowedHosts?: readonly string[]) =>
    (await testApi({ allowedHosts }).app.inject({ url: '/healthz', headers: { host } })).statusCode;

  test.each(['localhost', 'LOCALHOST:9464', '127.0.0.1:9464', '[::1]:9464', '192.0.2.7:9464'])(
    '%s is answered',
    async (host) => {
      expect(await statusFor(host)).toBe(200);
    },
  );

  test('a name that only resolves to loopback is refused, unless it is allowed', async () => {
    const { app } = testApi();
    const answer = await app.inject({ url: '/telemetry/status', headers: { host: 'rebound.example:9464' } });
    expect(problemOf(answer)).toMatchObject({ status: 421, code: 'misdirected_request' });
    expect(await statusFor('telemetry.example:80', ['Telemetry.example'])).toBe(200);
  });

  test('a server that was bound to more than loopback on purpose answers scrapes and probes to any name', async () => {
    const { api, app } = testApi();
    await api.listen({ host: '0.0.0.0', port: 0 });
    const headers = { host: 'telemetry.example' };
    const statusOf = async (url: string) => (await app.inject({ url, headers })).statusCode;
    expect([await statusOf('/metrics'), await statusOf('/healthz')]).toEqual([200, 200]);
    expect(await statusOf('/telemetry/status')).toBe(421);
  });
});

describe('a request from another machine', () => {
  test.each(['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::7'])(
    'from %s may scrape and probe, and nothing else',
    async (remoteAddress) => {
      const { api, app } = testApi();
      await api.listen({ host: '0.0.0.0', port: 0 });
      const statusOf = async (url: string, method: 'GET' | 'POST' = 'GET') =>
        (await app.inject({ url, method, remoteAddress })).statusCode;
      expect([await statusOf('/metrics'), await statusOf('/healthz')]).toEqual([200, 200]);
      expect(await statusOf('/telemetry/collect', 'POST')).toBe(403);
      const answer = await app.inject({ url: '/telemetry/status', remoteAddress });
      expect(problemOf(answer)).toMatchObject({ status: 403, code: 'forbidden' });
    },
  );

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'is none when it comes from %s',
    async (remoteAddress) => {
      const { api, app } = testApi();
      await api.listen({ host: '0.0.0.0', port: 0 });
      expect((await app.inject({ url: '/', remoteAddress })).statusCode).toBe(200);
    },
  );
});

/** A port of loopback that another program holds. */
async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('listening', () => {
  test('B71: on loopback, at the port that was free', async () => {
    const { api, logger } = testApi();
    const url = await api.listen({ host: '127.0.0.1', port: 0 });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(logger.lines).toEqual([]);
  });

  test('B66: a port in use is one line that names the setting, the value and the mend', async () => {
    const port = await takenPort();
    await expect(testApi().api.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      name: 'TelemetryError',
      code: 'address_in_use',
      message: `port ${port} on 127.0.0.1 is in use: stop the other program or choose another with --port / OTEL_EXPORTER_PROMETHEUS_PORT`,
    });
  });

  test('an address of another machine names the setting too', async () => {
    await expect(testApi().api.listen({ host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'setting_invalid',
      message: expect.stringContaining('--host / OTEL_EXPORTER_PROMETHEUS_HOST'),
    });
  });
});

describe('closing', () => {
  test('is safe twice and before listening', async () => {
    const { api } = testApi();
    await api.close();
    await expect(api.close()).resolves.toBeUndefined();
  });

  test('frees the port, and cuts off what does not end', async () => {
    const arrived = Promise.withResolvers<void>();
    const { api } = testApi({
      renderMetrics: () => {
        arrived.resolve();
        return new Promise(() => {});
      },
    });
    const url = await api.listen({ host: '127.0.0.1', port: 0 });
    const outcome = fetch(`${url}/metrics`).then(
      () => 'answered',
      () => 'cut off',
    );
    await arrived.promise;
    await api.close();
    expect(await outcome).toBe('cut off');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});
