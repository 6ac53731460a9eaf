import { describe, expect, test } from 'vitest';
import { problemOf, testApi } from '../support/api.ts';
import { FakeSnapshots } from '../support/fakes.ts';

describe('GET /healthz', () => {
  test('answers as long as the process does, whatever else is missing', async () => {
    const readiness = () => [{ name: 'database', ready: false }];
    const { app } = testApi({ snapshots: new FakeSnapshots(), readiness });
    const answer = await app.inject('/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok', version: '1.2.3' }]);
  });
});

describe('GET /readyz', () => {
  test('is ready with a snapshot and all that was asked for', async () => {
    const { app } = testApi({ readiness: () => [{ name: 'database', ready: true }] });
    const answer = await app.inject('/readyz');
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        ready: true,
        checks: [
          { name: 'snapshot', ready: true },
          { name: 'database', ready: true },
        ],
      },
    ]);
  });

  test('before the first snapshot and without its database it says both', async () => {
    const readiness = () => [{ name: 'database', ready: false, reason: 'does not answer' }];
    const { app } = testApi({ snapshots: new FakeSnapshots(), readiness });
    const answer = await app.inject('/readyz');
    expect(answer.headers['retry-after']).toBe('2');
    expect(problemOf(answer)).toMatchObject({
      status: 503,
      code: 'not_ready',
      detail: 'snapshot: none has been taken yet; database: does not answer',
      checks: [
        { name: 'snapshot', ready: false, reason: 'none has been taken yet' },
        { name: 'database', ready: false, reason: 'does not answer' },
      ],
    });
  });

  test('a snapshot that has long been followed by none is no longer ready', async () => {
    const { app, clock } = testApi();
    clock.ms += 60_000;
    expect(problemOf(await app.inject('/readyz')).detail).toBe(
      'snapshot: the latest is 63 s old although one is due every 10 s',
    );
  });
});

describe('GET /', () => {
  test('lists every route with what it is for', async () => {
    const answer = await testApi().app.inject('/');
    const { routes } = answer.json<{ routes: { method: string; path: string; summary: string }[] }>();
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /',
      'GET /metrics',
      'GET /healthz',
      'GET /readyz',
      'GET /telemetry/status',
      'GET /telemetry/history',
      'POST /telemetry/collect',
      'GET /telemetry/collections/:id',
    ]);
    expect(routes.filter(({ summary }) => !summary.endsWith('.'))).toEqual([]);
  });
});
