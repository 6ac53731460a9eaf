import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { MetricsRequest } from '../../../src/api/deps.ts';
import { problemOf, testApi } from '../support/api.ts';
import { FakeSnapshots } from '../support/fakes.ts';

const textType = 'text/plain; version=0.0.4; charset=utf-8';

describe('GET /metrics', () => {
  test('B65: sends status, headers and body as they were rendered, and hands on what the scraper accepts', async () => {
    const asked: MetricsRequest[] = [];
    const body = gzipSync('up 1\n');
    const { app } = testApi({
      renderMetrics: async (request) => {
        asked.push(request);
        return { status: 200, headers: { 'content-type': textType, 'content-encoding': 'gzip' }, body };
      },
    });
    const headers = { accept: 'application/openmetrics-text', 'accept-encoding': 'gzip' };
    const answer = await app.inject({ url: '/metrics', headers });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': textType, 'content-encoding': 'gzip' });
    expect(answer.rawPayload).toEqual(body);
    expect(asked).toEqual([{ accept: 'application/openmetrics-text', acceptEncoding: 'gzip' }]);
  });

  test('a body of text and a status other than 200 pass as they are', async () => {
    const headers = { 'content-type': textType };
    const { app } = testApi({ renderMetrics: async () => ({ status: 503, headers, body: '# none yet\n' }) });
    const answer = await app.inject('/metrics');
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      503,
      textType,
      '# none yet\n',
    ]);
  });

  test('HEAD has the headers and no body', async () => {
    const headers = { 'content-type': textType };
    const { app } = testApi({ renderMetrics: async () => ({ status: 200, headers, body: 'up 1\n' }) });
    const answer = await app.inject({ method: 'HEAD', url: '/metrics' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': textType, 'content-length': '5' });
    expect(answer.body).toBe('');
  });

  test('B12: over a real socket it answers while a collection never ends', async () => {
    const snapshots = new FakeSnapshots();
    const { api } = testApi({ snapshots });
    const url = await api.listen({ host: '127.0.0.1', port: 0 });
    const collect = await fetch(`${url}/telemetry/collect`, { method: 'POST' });
    const waiting = fetch(`${url}/telemetry/collect`, { method: 'POST', headers: { prefer: 'wait=30' } });
    const scrape = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(60_000) });
    expect([collect.status, scrape.status, await scrape.text()]).toEqual([202, 200, 'up 1\n']);
    expect(snapshots.collections).toHaveLength(1);
    await api.close();
    expect((await waiting).status).toBe(202);
  });

  test('B13: 500 only when rendering itself fails, and the cause stays in the log', async () => {
    const { app, logger } = testApi({
      renderMetrics: async () => {
        throw new Error('two families named secret_total');
      },
    });
    const answer = await app.inject('/metrics');
    const problem = problemOf(answer);
    expect(problem).toMatchObject({ status: 500, code: 'internal', title: 'Internal Server Error' });
    expect(answer.body).not.toContain('secret');
    expect(logger.lines).toMatchObject([
      {
        level: 'error',
        message: 'request failed',
        fields: { requestId: problem.requestId, url: '/metrics', error: 'two families named secret_total' },
      },
    ]);
  });
});
