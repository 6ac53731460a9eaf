import { describe, expect, test } from 'vitest';
import { statusSchema } from '../../../src/api/schemas.ts';
import { bodyOf, problemOf, testApi } from '../support/api.ts';
import { FakeSnapshots, jobId, serverRow, snapshot, webId, webRow } from '../support/fakes.ts';

const identities = async (url: string) => {
  const { entities } = bodyOf(await testApi().app.inject(url), statusSchema);
  return Object.values(entities).flatMap(({ rows }) =>
    rows.map(({ identity }) => identity['container.id'] ?? 'server'),
  );
};

describe('GET /telemetry/status', () => {
  test('shows the latest snapshot, its age, its collectors and every row with the units of its figures', async () => {
    const answer = await testApi().app.inject('/telemetry/status');
    const body = bodyOf(answer, statusSchema);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(body).toMatchObject({
      snapshot: {
        id: '0195515f-4b00-7000-8000-000000000001',
        sequence: 7,
        time: '2026-03-01T12:00:00.500000Z',
        ageSeconds: 2.5,
        durationSeconds: 0.125,
      },
      intervalSeconds: 10,
      collectors: [{ collector: 'docker', ok: true, durationSeconds: 0.12, rows: 3, problems: 1 }],
    });
    expect(Object.keys(body.entities)).toEqual(['container', 'server']);
    const { metrics, rows } = body.entities.container ?? { metrics: {}, rows: [] };
    expect(rows[0]).toEqual({
      identity: { 'ciris.server.id': 'alpha', 'container.id': webId },
      info: { 'container.name': 'web' },
      time: '2026-03-01T12:00:00.500000Z',
      start: '2026-03-01T11:59:00.500000Z',
      values: { memoryUsage: 33_554_432, cpuTimeUser: 12.5, networkReceive: '1152921504606846976' },
      states: { state: 'running' },
    });
    expect(metrics).toMatchObject({
      memoryUsage: { name: 'container.memory.usage', kind: 'updowncounter', unit: 'By' },
      cpuTimeUser: { name: 'container.cpu.time', with: { 'cpu.mode': 'user' }, kind: 'counter', unit: 's' },
      exitCode: { name: 'ciris.container.exit_code', kind: 'gauge' },
      state: { name: 'ciris.container.state', kind: 'stateset' },
    });
  });

  test('says in words what does not fit together in the fleet', async () => {
    const findings = [{ kind: 'agent_claimed_twice', message: 'containers a and b both run agent c' }];
    const { app } = testApi({ snapshots: new FakeSnapshots(snapshot({ findings })) });
    expect(bodyOf(await app.inject('/telemetry/status'), statusSchema).findings).toEqual(findings);
  });

  test('a collector that failed says why, and the words of single failed reads stay inside', async () => {
    const outcomes = [
      {
        collector: 'docker',
        ok: false,
        durationMs: 10,
        rows: 1,
        problems: ['stats of /secret'],
        errorType: 'permission_denied' as const,
        message: 'cannot read the engine: join the group docker',
      },
    ];
    const { app } = testApi({ snapshots: new FakeSnapshots(snapshot({ outcomes })) });
    const answer = await app.inject('/telemetry/status');
    expect(bodyOf(answer, statusSchema).collectors).toEqual([
      {
        collector: 'docker',
        ok: false,
        durationSeconds: 0.01,
        rows: 1,
        problems: 1,
        errorType: 'permission_denied',
        message: 'cannot read the engine: join the group docker',
      },
    ]);
    expect(answer.body).not.toContain('/secret');
  });

  test.each([
    ['/telemetry/status', [webId, jobId, 'server']],
    ['/telemetry/status?entity=server', ['server']],
    ['/telemetry/status?entity=container&container.name=web', [webId]],
    [`/telemetry/status?container.id=${jobId}`, [jobId]],
    ['/telemetry/status?ciris.server.id=alpha', [webId, jobId, 'server']],
    ['/telemetry/status?ciris.server.id=beta', []],
  ])('%s', async (url, expected) => {
    expect(await identities(url)).toEqual(expected);
  });

  test('before the first snapshot there is nothing to show, not an empty fleet', async () => {
    const answer = await testApi({ snapshots: new FakeSnapshots() }).app.inject('/telemetry/status');
    expect(answer.headers['retry-after']).toBe('2');
    expect(problemOf(answer)).toMatchObject({ status: 503, code: 'no_snapshot' });
  });

  test('what is no number is absent, never null and never the end of the answer', async () => {
    const rows = [
      { ...webRow, values: { memoryUsage: Number.NaN, cpuUsage: Number.POSITIVE_INFINITY, pids: 4 } },
    ];
    const { app } = testApi({ snapshots: new FakeSnapshots(snapshot({ rows })) });
    const { entities } = bodyOf(await app.inject('/telemetry/status'), statusSchema);
    expect(entities.container?.rows[0]?.values).toEqual({ pids: 4 });
  });

  test('a clock that was set back makes no negative age', async () => {
    const { app, clock } = testApi();
    clock.ms -= 60_000;
    expect(bodyOf(await app.inject('/telemetry/status'), statusSchema).snapshot.ageSeconds).toBe(0);
  });

  test('rows of an entity that the catalog does not know are shown without their units', async () => {
    const rows = [{ ...serverRow, entity: 'mystery' }];
    const { app } = testApi({ snapshots: new FakeSnapshots(snapshot({ rows })) });
    const { entities } = bodyOf(await app.inject('/telemetry/status'), statusSchema);
    expect(entities.mystery).toMatchObject({ metrics: {}, rows: [{ values: { up: 1 } }] });
  });

  test.each([
    ['?entity=pod', 'entity', 'pod', /container/],
    ['?colour=red', 'colour', 'red', /entity, .*container\.id/],
    ['?entity=server&container.id=x', 'container.id', 'x', /^entity, ciris\.server\.id,/],
    ['?entity=server&entity=container', 'entity', '["server","container"]', /container/],
    ['?container.id=', 'container.id', '', /^the exact container\.id$/],
  ])('%s is refused by name', async (query, parameter, value, accepted) => {
    const problem = problemOf(await testApi().app.inject(`/telemetry/status${query}`));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.errors).toEqual([
      { parameter, value, message: expect.any(String), accepted: expect.stringMatching(accepted) },
    ]);
    expect(problem.detail).toContain(`${parameter}=${value}`);
  });
});
