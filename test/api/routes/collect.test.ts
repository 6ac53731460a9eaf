import { describe, expect, test } from 'vitest';
import { collectionSchema, statusSchema } from '../../../src/api/schemas.ts';
import { bodyOf, problemOf, testApi } from '../support/api.ts';
import { snapshot } from '../support/fakes.ts';

const collect = { method: 'POST', url: '/telemetry/collect' } as const;

describe('POST /telemetry/collect', () => {
  test('answers at once with a place where the snapshot can be asked after', async () => {
    const { app, snapshots } = testApi();
    const accepted = await app.inject(collect);
    expect(accepted.statusCode).toBe(202);
    const { id } = bodyOf(accepted, collectionSchema);
    const place = String(accepted.headers.location);
    expect(place).toBe(`/telemetry/collections/${id}`);

    const running = await app.inject(place);
    expect(running.headers['retry-after']).toBe('1');
    expect(bodyOf(running, collectionSchema)).toEqual({ id, state: 'running', result: '/telemetry/status' });

    snapshots.collections[0]?.resolve(snapshot({ sequence: 8 }));
    const done = await app.inject(place);
    expect(done.headers['retry-after']).toBeUndefined();
    expect(bodyOf(done, collectionSchema)).toMatchObject({ id, state: 'done', snapshot: { sequence: 8 } });
  });

  test('with "Prefer: wait" answers with that snapshot', async () => {
    const { app, snapshots } = testApi();
    const waiting = app.inject({ ...collect, headers: { prefer: 'respond-async, wait=5' } });
    await expect.poll(() => snapshots.collections.length).toBe(1);
    snapshots.collections[0]?.resolve(snapshot({ sequence: 8 }));
    const answer = await waiting;
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['preference-applied']).toBe('wait=5');
    expect(bodyOf(answer, statusSchema)).toMatchObject({
      snapshot: { sequence: 8 },
      entities: { container: {} },
    });
  });

  test('a wait that is over before the snapshot is there ends in 202', async () => {
    const { app } = testApi();
    const answer = await app.inject({ ...collect, headers: { prefer: 'wait=1' } });
    expect([answer.statusCode, answer.headers['preference-applied']]).toEqual([202, 'wait=1']);
    expect(answer.headers.location).toBeDefined();
  });

  test('a wait is capped, and says at what', async () => {
    const { app, snapshots } = testApi();
    const waiting = app.inject({ ...collect, headers: { prefer: 'wait=86400' } });
    await expect.poll(() => snapshots.collections.length).toBe(1);
    snapshots.collections[0]?.resolve(snapshot());
    expect((await waiting).headers['preference-applied']).toBe('wait=30');
  });

  test('whoever asks while one runs joins it', async () => {
    const { app, snapshots } = testApi();
    const first = await app.inject(collect);
    const second = await app.inject(collect);
    expect(second.headers.location).toBe(first.headers.location);
    expect(snapshots.collections).toHaveLength(1);
  });

  test('takes at most one snapshot a second', async () => {
    const { app, clock, snapshots } = testApi();
    await app.inject(collect);
    snapshots.collections[0]?.resolve(snapshot());
    await snapshots.collections[0]?.promise;
    const refused = await app.inject(collect);
    expect(refused.headers['retry-after']).toBe('1');
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'too_many_requests' });
    clock.ms += 1000;
    expect((await app.inject(collect)).statusCode).toBe(202);
    expect(snapshots.collections).toHaveLength(2);
  });

  test('a collection that fails is told and logged, and the next one starts afresh', async () => {
    const { app, clock, logger, snapshots } = testApi();
    const waiting = app.inject({ ...collect, headers: { prefer: 'wait=5' } });
    await expect.poll(() => snapshots.collections.length).toBe(1);
    snapshots.collections[0]?.reject(new Error('stopped'));
    expect(problemOf(await waiting)).toMatchObject({ status: 500, code: 'internal' });
    const failed = logger.lines.find(({ message }) => message === 'taking a snapshot on demand failed');
    expect(failed).toMatchObject({ level: 'warn', fields: { error: 'stopped' } });
    const place = `/telemetry/collections/${String(failed?.fields?.collection)}`;
    expect(bodyOf(await app.inject(place), collectionSchema).state).toBe('failed');
    clock.ms += 1000;
    expect((await app.inject(collect)).statusCode).toBe(202);
  });

  test('remembers the latest collections, and says of older ones that they are past', async () => {
    const { app, clock, snapshots } = testApi();
    const places: string[] = [];
    for (let i = 0; i < 40; i++) {
      places.push(String((await app.inject(collect)).headers.location));
      snapshots.collections[i]?.resolve(snapshot());
      await snapshots.collections[i]?.promise;
      clock.ms += 1000;
    }
    expect((await app.inject(places[39] ?? '')).statusCode).toBe(200);
    expect(problemOf(await app.inject(places[0] ?? ''))).toMatchObject({ status: 404, code: 'not_found' });
  });

  test.each([
    ['no body but a type', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 202],
    ['an empty object', { payload: {} }, 202],
    ['a member that it does not know', { payload: { force: true } }, 400],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, payload: '{' }, 400],
    ['text', { headers: { 'content-type': 'text/plain' }, payload: 'now' }, 415],
    ['more than it reads', { payload: { force: 'x'.repeat(2000) } }, 413],
    ['a parameter', { query: { force: '1' } }, 400],
  ])('with %s', async (_, request, status) => {
    const answer = await testApi().app.inject({ ...collect, ...request });
    expect(answer.statusCode).toBe(status);
    if (status !== 202) expect(problemOf(answer).detail).not.toBe('');
  });
});
