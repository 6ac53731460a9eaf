import { describe, expect, test } from 'vitest';
import { historySchema } from '../../../src/api/schemas.ts';
import { catalog, storedEntities } from '../../../src/catalog/catalog.ts';
import { TooManySeriesError } from '../../../src/db/history/history.ts';
import { microsFromIso } from '../../../src/metric/time.ts';
import { TelemetryError } from '../../../src/runtime/errors.ts';
import { bodyOf, problemOf, testApi } from '../support/api.ts';
import { webId } from '../support/fakes.ts';

const entityNames = storedEntities(catalog)
  .map(({ name }) => name)
  .join(', ');

const at = (text: string): number => microsFromIso(text) ?? Number.NaN;

/** A point that knows nothing. */
const noFigures = {
  value: undefined,
  min: undefined,
  max: undefined,
  state: undefined,
  stateMicros: undefined,
  unknownMicros: undefined,
};

/** What the store is asked for a request; the time is 12:00:03 on the first of March 2026. */
async function queryFor(parameters: string) {
  const { app, history } = testApi();
  const answer = await app.inject(`/telemetry/history?${parameters}`);
  return { body: bodyOf(answer, historySchema), query: history.lastQuery() };
}

async function refusalOf(parameters: string) {
  return problemOf(await testApi().app.inject(`/telemetry/history?${parameters}`));
}

describe('GET /telemetry/history', () => {
  test('by default asks for the last hour in steps of whole intervals, 300 points at most', async () => {
    const { body, query } = await queryFor('entity=container&metric=memoryUsage');
    expect(query).toEqual({
      entity: 'container',
      metric: 'memoryUsage',
      from: at('2026-03-01T11:00:03Z'),
      to: at('2026-03-01T12:00:03Z'),
      stepSeconds: 20,
      where: {},
      maxSeries: 303,
    });
    expect(body).toEqual({
      entity: 'container',
      metric: { key: 'memoryUsage', name: 'container.memory.usage', kind: 'updowncounter', unit: 'By' },
      aggregation: 'average',
      from: '2026-03-01T11:00:03.000000Z',
      to: '2026-03-01T12:00:03.000000Z',
      stepSeconds: 20,
      resolution: 'raw',
      series: [],
    });
  });

  test.each([
    ['from=2026-03-01T00:00:00Z&to=2026-03-01T06:00:00Z', '2026-03-01T00:00:00Z', '2026-03-01T06:00:00Z'],
    ['from=2026-03-01T01:00:00%2B01:00&to=-6h', '2026-03-01T00:00:00Z', '2026-03-01T06:00:03Z'],
    ['from=2026-03-01T01:00:00+01:00&to=now', '2026-03-01T00:00:00Z', '2026-03-01T12:00:03Z'],
    ['from=2026-03-01+01:00:00+01:00&to=now', '2026-03-01T00:00:00Z', '2026-03-01T12:00:03Z'],
    [
      'from=2026-03-01t00:00:00z&to=2026-03-01%2006:00:00.5-01:30',
      '2026-03-01T00:00:00Z',
      '2026-03-01T07:30:00.5Z',
    ],
    ['from=now-2d&to=now-1d', '2026-02-27T12:00:03Z', '2026-02-28T12:00:03Z'],
    ['to=2026-03-01T06:00:00Z', '2026-03-01T05:00:00Z', '2026-03-01T06:00:00Z'],
    ['from=-15m', '2026-03-01T11:45:03Z', '2026-03-01T12:00:03Z'],
  ])('%s', async (range, from, to) => {
    const { query } = await queryFor(`entity=container&metric=pids&${range}`);
    expect([query.from, query.to]).toEqual([at(from), at(to)]);
  });

  test('a zero byte in a filter is a bad request, for the database cannot even look for it', async () => {
    expect(await refusalOf('entity=container&metric=pids&container.id=a%00b')).toMatchObject({
      status: 400,
      detail: expect.stringContaining('container.id=a\0b: holds a zero byte'),
    });
  });

  test('a step of more than 100 years is no duration, for the database has no such number', async () => {
    const refusal = await refusalOf('entity=container&metric=pids&step=999999999d');
    expect(refusal).toMatchObject({
      status: 400,
      errors: [{ parameter: 'step', message: 'is no duration' }],
    });
  });

  test('a day that there is not is no time', async () => {
    const refusal = await refusalOf('entity=container&metric=pids&from=2026-02-30T00:00:00Z');
    expect(refusal).toMatchObject({ status: 400, errors: [{ parameter: 'from', message: 'is no time' }] });
  });

  test.each([
    ['30', 30],
    ['45s', 45],
    ['5m', 300],
    ['1h', 3600],
    ['1d', 86_400],
  ])('step=%s', async (step, seconds) => {
    const { query } = await queryFor(`entity=container&metric=pids&step=${step}`);
    expect(query.stepSeconds).toBe(seconds);
  });

  test.each([
    ['its key', 'metric=cpuTimeUser', 'cpuTimeUser'],
    ['its column', 'metric=cpu_time_user', 'cpuTimeUser'],
    ['its OpenTelemetry name', 'metric=container.memory.usage', 'memoryUsage'],
    ['its name and constant attributes', 'metric=container.cpu.time&cpu.mode=system', 'cpuTimeSystem'],
    ['its key and the same constant attributes', 'metric=cpuTimeUser&cpu.mode=user', 'cpuTimeUser'],
    ['a stateset', 'metric=ciris.container.state', 'state'],
  ])('finds a metric by %s', async (_, parameters, key) => {
    const { body, query } = await queryFor(`entity=container&${parameters}`);
    expect([query.metric, body.metric.key, query.where]).toEqual([key, key, {}]);
  });

  test('identity attributes narrow the query', async () => {
    const { query } = await queryFor(
      `entity=container&metric=pids&container.id=${webId}&ciris.server.id=alpha`,
    );
    expect(query.where).toEqual({ 'container.id': webId, 'ciris.server.id': 'alpha' });
  });

  test('answers with the points of the store: counters as increase, big integers as digits, no NaN', async () => {
    const { app, history } = testApi();
    const points = [
      { ...noFigures, time: at('2026-03-01T11:00:00Z'), value: 2n ** 60n, samples: 2 },
      { ...noFigures, time: at('2026-03-01T11:00:20Z'), value: Number.NaN, samples: 1 },
    ];
    history.answer = async () => [{ identity: { 'container.id': webId }, points }];
    const answer = await app.inject('/telemetry/history?entity=container&metric=networkReceive');
    expect(bodyOf(answer, historySchema)).toMatchObject({
      metric: { name: 'container.network.io', with: { 'network.io.direction': 'receive' }, unit: 'By' },
      aggregation: 'increase',
      series: [
        {
          identity: { 'container.id': webId },
          points: [
            { time: '2026-03-01T11:00:00.000000Z', value: '1152921504606846976', samples: 2 },
            { time: '2026-03-01T11:00:20.000000Z', samples: 1 },
          ],
        },
      ],
    });
    expect(answer.body).not.toContain('null');
  });

  test('of a stateset it answers with states', async () => {
    const { app, history } = testApi();
    const states = { state: 'exited', stateMicros: { running: 12.5e6, exited: 2e6 }, unknownMicros: 5.5e6 };
    const point = { ...noFigures, time: at('2026-03-01T11:00:00Z'), ...states, samples: 3 };
    history.answer = async () => [{ identity: {}, points: [point] }];
    const answer = await app.inject('/telemetry/history?entity=container&metric=state');
    expect(bodyOf(answer, historySchema)).toMatchObject({
      metric: { kind: 'stateset' },
      aggregation: 'last',
    });
    expect(bodyOf(answer, historySchema).series[0]?.points).toEqual([
      {
        time: '2026-03-01T11:00:00.000000Z',
        state: 'exited',
        states: { running: 12.5, exited: 2 },
        unknownSeconds: 5.5,
        samples: 3,
      },
    ]);
  });

  test('says what it read, and where that is coarser than what was asked for', async () => {
    const { app, history } = testApi();
    const ask = async () =>
      bodyOf(await app.inject('/telemetry/history?entity=container&metric=pids'), historySchema);
    history.change = { resolution: '5m' };
    expect(await ask()).toMatchObject({ resolution: '5m', stepSeconds: 20 });
    expect((await ask()).note).toBeUndefined();
    const wider = { from: at('2026-03-01T11:00:00Z'), to: at('2026-03-01T13:00:00Z'), stepSeconds: 3600 };
    history.change = { resolution: '1h', ...wider };
    expect(await ask()).toMatchObject({
      resolution: '1h',
      from: '2026-03-01T11:00:00.000000Z',
      to: '2026-03-01T13:00:00.000000Z',
      stepSeconds: 3600,
      note: 'so far back no more than rollups of an hour are kept: the step of 20 s became 3600 s, and the range was widened to whole buckets',
    });
  });

  test.each([
    ['metric=pids', `entity: is missing; accepted: ${entityNames}`],
    ['entity=scrape&metric=snapshotAge', new RegExp(`^entity=scrape: .*accepted: ${entityNames}$`)],
    [
      'entity=container',
      'metric: is missing; accepted: the key or OpenTelemetry name of a metric of the entity, or its column',
    ],
    ['entity=server&metric=pids', /^metric=pids: is no metric of server; accepted: up, responseDuration, /],
    [
      'entity=container&metric=container.cpu.time',
      'metric=container.cpu.time: names 2 metrics: choose one by its key or by a further parameter; accepted: cpuTimeUser (cpu.mode=user), cpuTimeSystem (cpu.mode=system)',
    ],
    [
      'entity=container&metric=cpuTimeUser&cpu.mode=idle',
      'metric=cpuTimeUser: has none with cpu.mode=idle; accepted: cpuTimeUser (cpu.mode=user)',
    ],
    [
      'entity=server&metric=up&container.id=x',
      /^container\.id=x: is no parameter here; accepted: entity, metric, from, to, step, ciris\.server\.id, ciris\.container\.state$/,
    ],
    [
      'entity=container&metric=pids&limit=5',
      /^limit=5: is no parameter here; accepted: entity, metric, from, to, step, ciris\.server\.id,/,
    ],
    [
      'entity=container&metric=pids&from=yesterday',
      /^from=yesterday: is no time; accepted: a time such as 2026-/,
    ],
    ['entity=container&metric=pids&from=2026-03-01', /^from=2026-03-01: is no time/],
    ['entity=container&metric=pids&to=-0h', /^to=-0h: is no time/],
    ['entity=container&metric=pids&step=0', /^step=0: is no duration; accepted: whole seconds/],
    ['entity=container&metric=pids&step=1.5s', /^step=1\.5s: is no duration/],
    [
      'entity=container&metric=pids&from=now',
      'from=2026-03-01T12:00:03.000000Z: is not before to; accepted: a time before 2026-03-01T12:00:03.000000Z',
    ],
    ['entity=container&metric=pids&from=-90000d', /^from: lies before 1970/],
    [
      'entity=container&metric=pids&from=-7d&step=1s',
      'step=1s: gives 604800 points, more than 11000; accepted: 60s or more for this range, or a shorter range',
    ],
  ])('refuses %s', async (parameters, detail) => {
    const problem = await refusalOf(parameters);
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.detail).toEqual(typeof detail === 'string' ? detail : expect.stringMatching(detail));
    expect(problem.errors).toHaveLength(1);
  });

  test('names all parameters that are wrong, not only the first', async () => {
    const { errors } = await refusalOf('entity=pod&metric=pids&step=x&limit=1');
    expect(errors?.map(({ parameter }) => parameter).sort()).toEqual(['entity', 'limit', 'step']);
  });

  test('without a database it says that there is no history', async () => {
    const { app } = testApi({ history: undefined });
    const answer = await app.inject('/telemetry/history?entity=container&metric=pids');
    expect(problemOf(answer)).toMatchObject({ status: 503, code: 'no_history' });
  });

  test('a client that goes away ends its query', async () => {
    const { api, history } = testApi();
    history.answer = () => new Promise(() => {});
    const url = await api.listen({ host: '127.0.0.1', port: 0 });
    const client = new AbortController();
    const asked = fetch(`${url}/telemetry/history?entity=container&metric=pids`, { signal: client.signal });
    await expect.poll(() => history.signals.length).toBe(1);
    expect(history.signals[0]?.aborted).toBe(false);
    client.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => history.signals[0]?.aborted).toBe(true);
  });

  test('more series than an answer holds is a request that must be narrowed', async () => {
    const { app, history } = testApi();
    history.answer = async () => {
      throw new TooManySeriesError(history.lastQuery(), ['ciris.server.id', 'container.id']);
    };
    const problem = problemOf(await app.inject('/telemetry/history?entity=container&metric=pids'));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.detail).toMatch(/^the history of container has more than 303 series .* container\.id/);
  });

  test.each([
    [
      'database_unavailable',
      new TelemetryError('database_unavailable', 'connecting to postgres://u:pw@db failed'),
      503,
      '5',
    ],
    ['a missing table', new TelemetryError('database_schema', 'relation "pw" does not exist'), 503, '5'],
    ['a statement that took too long', new TelemetryError('timeout', 'canceling pw'), 503, undefined],
    ['a deadline', new DOMException('aborted, pw', 'TimeoutError'), 503, '5'],
    ['a defect', new TypeError('pw is not iterable'), 500, undefined],
  ])('after %s it answers without the cause, which is in the log', async (_, failure, status, retryAfter) => {
    const { app, history, logger } = testApi();
    history.answer = async () => {
      throw failure;
    };
    const answer = await app.inject('/telemetry/history?entity=container&metric=pids');
    const { requestId, status: told } = problemOf(answer);
    expect([told, answer.headers['retry-after']]).toEqual([status, retryAfter]);
    expect(answer.body).not.toContain('pw');
    expect(logger.lines).toMatchObject([
      {
        level: status === 500 ? 'error' : 'warn',
        fields: { requestId, error: expect.stringContaining('pw') },
      },
    ]);
  });
});
