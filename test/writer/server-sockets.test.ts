import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { HeldStore } from './support/held-store.ts';
import { answerTo, Loopback, type LoopbackAnswer } from './support/loopback.ts';
import {
  bytesOf,
  createRig,
  createRigWith,
  loadMetric,
  loadPoints,
  type RigOptions,
} from './support/writer-rig.ts';

const json = { 'content-type': 'application/json' };
const body = bytesOf('json', loadMetric({}));

const running: Loopback[] = [];

async function start(app: FastifyInstance): Promise<Loopback> {
  const loopback = await Loopback.start(app);
  running.push(loopback);
  return loopback;
}

afterEach(async () => {
  for (const loopback of running.splice(0)) await loopback.stop();
});

function send(loopback: Loopback, bytes: Uint8Array = body): Promise<LoopbackAnswer> {
  const sent = loopback.begin(json);
  const answer = answerTo(sent);
  sent.end(bytes);
  return answer;
}

const startHeld = async (options: RigOptions = {}) => {
  const rig = createRigWith(new HeldStore(), options);
  const { promise: closing, resolve } = Promise.withResolvers<void>();
  rig.app.addHook('preClose', async () => resolve());
  return { ...rig, closing, loopback: await start(rig.app) };
};

describe('a client', () => {
  it('that is too slow is told to come back, and its connection is closed (C35)', async () => {
    const { app, store } = createRig({ limits: { bodyTimeoutMs: 50 } });
    const sent = (await start(app)).begin({ ...json, 'content-length': '1000' });
    sent.write('{');
    const answer = await answerTo(sent);
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ connection: 'close', 'retry-after': '2' });
    expect(JSON.parse(answer.body.toString())).toEqual({
      code: 14,
      message: 'the body did not arrive within 50 ms',
    });
    expect(store.calls).toBe(0);
  });

  it('that goes away in the middle of its body takes nobody else with it (C36)', async () => {
    const { app, store } = createRig({ limits: { maxRequestsInFlight: 1 } });
    const loopback = await start(app);
    const sent = loopback.begin({ ...json, 'content-length': '1000' });
    sent.write('{');
    const [received] = await once(app.server, 'request');
    const gone = new Promise((resolve) => received.once('close', resolve));
    sent.destroy();
    await gone;
    expect((await send(loopback)).status).toBe(200);
    expect(store.rows).toHaveLength(1);
  });

  it('with headers without end is refused (C35)', async () => {
    const { app } = createRig({ limits: { maxHeaderBytes: 2000 } });
    const sent = (await start(app)).begin({ ...json, 'x-large': 'x'.repeat(3000) });
    const answer = answerTo(sent);
    sent.end(body);
    expect((await answer).status).toBe(431);
  });

  it.each([
    ['declared', { 'content-length': String(4 * 2 ** 20) }],
    ['not declared', {}],
  ])('that sends too much hears so, its size being %s (C5)', async (_what, length) => {
    const { app } = createRig({ limits: { maxBodyBytes: 1000 } });
    const loopback = await start(app);
    const sent = loopback.begin({ ...json, ...length });
    const answer = answerTo(sent);
    sent.end(Buffer.alloc(4 * 2 ** 20, 0x20));
    expect((await answer).status).toBe(413);
    expect((await send(loopback, Buffer.from('{}'))).status).toBe(200);
  });

  it('may send one request after the other on a connection (C35)', async () => {
    const { app } = createRig();
    const connections: unknown[] = [];
    app.server.on('connection', (socket) => connections.push(socket));
    const loopback = await start(app);
    for (let count = 0; count < 5; count++)
      expect((await send(loopback)).headers.connection).toBe('keep-alive');
    expect(connections).toHaveLength(1);
  });
});

describe('requests at the same time', () => {
  it('are each answered for their own (C36)', async () => {
    const { app, store } = createRig();
    const loopback = await start(app);
    const requests = Array.from({ length: 40 }, (_, index) => {
      const sites = loadPoints(3).map(({ attributes, ...point }) => ({
        ...point,
        attributes: { ...attributes, 'probe.site': `s${index}` },
      }));
      const bad = Array.from({ length: index }, () => ({ time: [0, 0] as [number, number] }));
      return send(loopback, bytesOf('json', loadMetric(...sites, ...bad)));
    });
    const answers = (await Promise.all(requests)).map((answer) => JSON.parse(answer.body.toString()));
    expect(answers.map(({ partialSuccess }) => partialSuccess?.rejectedDataPoints)).toEqual(
      Array.from({ length: 40 }, (_, index) => (index === 0 ? undefined : String(index))),
    );
    expect(store.rows).toHaveLength(120);
  });

  it('beyond the bound are told to come back (C15, C37)', async () => {
    const { store, loopback } = await startHeld({ limits: { maxRequestsInFlight: 2 } });
    const taken = [send(loopback), send(loopback)];
    await store.holds(2);
    const answer = await send(loopback);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    store.letGo();
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200]);
    const next = send(loopback);
    await store.holds(1);
    store.letGo();
    expect((await next).status).toBe(200);
  });

  it('of more bytes than the bound are told to come back (C15, C37)', async () => {
    const { store, loopback } = await startHeld({ limits: { maxBytesInFlight: body.length + 10 } });
    const taken = send(loopback);
    await store.holds(1);
    const answer = await send(loopback);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    store.letGo();
    expect((await taken).status).toBe(200);
  });

  it('are not acknowledged before their rows are committed (C17)', async () => {
    const { store, loopback } = await startHeld();
    let answered = false;
    const answer = send(loopback).then((result) => {
      answered = true;
      return result;
    });
    await store.holds(1);
    expect([answered, store.stored.length]).toEqual([false, 0]);
    store.letGo();
    expect((await answer).status).toBe(200);
    expect(store.stored).toHaveLength(1);
  });
});

describe('closing', () => {
  it('finishes what is under way, and then takes no connection (C38)', async () => {
    const { app, store, loopback, closing } = await startHeld();
    const answer = send(loopback);
    await store.holds(1);
    const closed = app.close();
    await closing;
    store.letGo();
    const { status, headers } = await answer;
    expect([status, headers.connection]).toEqual([200, 'close']);
    await closed;
    expect(store.stored).toHaveLength(1);
    await expect(send(loopback)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('answers 503 to what still comes in (C38)', async () => {
    const { app, store } = createRig();
    const { promise, resolve } = Promise.withResolvers<LoopbackAnswer>();
    app.addHook('preClose', async () => resolve(await send(loopback)));
    const loopback = await start(app);
    await app.close();
    const { status, headers, body: told } = await promise;
    expect(status).toBe(503);
    expect(headers).toMatchObject({
      connection: 'close',
      'content-type': 'application/json',
      'retry-after': '2',
    });
    expect(JSON.parse(told.toString())).toEqual({ code: 14, message: 'the server is closing' });
    expect(store.calls).toBe(0);
  });

  it('waits for nobody longer than its grace (C38)', async () => {
    const { app, store, loopback } = await startHeld({ limits: { closeGraceMs: 20 } });
    const stalled = loopback.begin({ ...json, 'content-length': '1000' });
    const answers = [answerTo(stalled), send(loopback)];
    stalled.write('{');
    await store.holds(1);
    await app.close();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 503]);
    expect(store.stored).toEqual([]);
  });
});
