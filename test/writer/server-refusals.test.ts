import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RowStore } from '../../src/db/ports.ts';
import { fieldsOf, messageIn, textIn } from './support/proto-answer.ts';
import {
  bytesOf,
  contentTypes,
  createRig,
  createRigWith,
  loadMetric,
  loadRow,
  post,
  wires,
} from './support/writer-rig.ts';

const protobuf = { encoding: 'protobuf', gzip: false } as const;
const json = { encoding: 'json', gzip: false } as const;
const good = { protobuf: bytesOf('protobuf', loadMetric({})), json: bytesOf('json', loadMetric({})) };

interface Answered {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly rawPayload: Buffer;
}

/** The `google.rpc.Status` in an answer, in whichever encoding it has. */
function statusIn({ headers, rawPayload }: Answered): unknown {
  if (headers['content-type'] === contentTypes.json) return JSON.parse(rawPayload.toString());
  const fields = fieldsOf(rawPayload);
  return { code: fields.get(1), message: textIn(fields, 2) };
}

describe('a body that is no request', () => {
  it('is answered 400 with a Status and a BadRequest in JSON (C12, C13)', async () => {
    const { app, core } = createRig();
    const answer = await app.inject(post(json, Buffer.from('{"resourceMetrics":7}')));
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe(contentTypes.json);
    const message = 'resourceMetrics is not an array';
    expect(answer.json()).toEqual({
      code: 3,
      message,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ field: 'resourceMetrics', description: message }],
        },
      ],
    });
    expect(core.stats()).toMatchObject({ requests: 0, undecodableRequests: 1 });
  });

  it('is answered 400 with a Status and a BadRequest in protobuf (C12, C13)', async () => {
    const { app } = createRig();
    const answer = await app.inject(post(protobuf, Buffer.from([10, 5, 1])));
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe(contentTypes.protobuf);
    expect(statusIn(answer)).toEqual({
      code: 3,
      message: expect.stringContaining('longer than what is left'),
    });
    const any = messageIn(fieldsOf(answer.rawPayload), 3);
    expect(textIn(any, 1)).toBe('type.googleapis.com/google.rpc.BadRequest');
    const violation = messageIn(messageIn(any, 2), 1);
    expect([textIn(violation, 1), textIn(violation, 2)]).toEqual([
      'byte 1 of 3',
      expect.stringContaining('longer than what is left'),
    ]);
  });

  it.each(['protobuf', 'json'] as const)(
    'is answered 400 when gzip of %s is cut short or broken (C34, B85)',
    async (encoding) => {
      const { app } = createRig();
      const request = post({ encoding, gzip: true }, good[encoding]);
      const broken = Buffer.from(request.payload);
      broken.fill(0xff, 12, 20);
      for (const payload of [
        request.payload.subarray(0, -9),
        broken,
        Buffer.from('no gzip'),
        Buffer.alloc(0),
      ]) {
        const answer = await app.inject({ ...request, payload });
        expect(answer.statusCode).toBe(400);
        expect(statusIn(answer)).toMatchObject({ code: 3, message: expect.stringContaining('gzip') });
      }
    },
  );

  it('is answered 400 when protobuf is cut short (C34)', async () => {
    const { app, store } = createRig();
    const answer = await app.inject(post(protobuf, good.protobuf.subarray(0, -3)));
    expect(answer.statusCode).toBe(400);
    expect(store.calls).toBe(0);
  });
});

describe('a request of another kind', () => {
  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'] as const)(
    'is answered 405 for %s (C1)',
    async (method) => {
      const { app } = createRig();
      const answer = await app.inject({ method, url: '/v1/metrics?x=1' });
      expect(answer.statusCode).toBe(405);
      expect(answer.headers.allow).toBe('POST');
    },
  );

  it('is answered 405 in its own encoding (C13)', async () => {
    const { app } = createRig();
    const answer = await app.inject({ ...post(protobuf, good.protobuf), method: 'PUT' });
    expect(answer.headers['content-type']).toBe(contentTypes.protobuf);
    expect(statusIn(answer)).toEqual({ code: 12, message: 'PUT is not possible here: use POST' });
  });

  it('is answered 404 for other signals, with words (C13)', async () => {
    const { app } = createRig();
    const answer = await app.inject({ ...post(json, good.json), url: '/v1/traces' });
    expect(answer.statusCode).toBe(404);
    expect(statusIn(answer)).toEqual({ code: 5, message: expect.stringContaining('POST /v1/metrics') });
  });

  it.each(['text/plain', 'application/protobuf', 'application/jsonx', 'not a type', ''])(
    'is answered 415 for the type %j, in JSON (C2, C13)',
    async (type) => {
      const { app, store } = createRig();
      const request = { ...post(json, good.json), headers: { 'content-type': type } };
      const answer = await app.inject(request);
      expect(answer.statusCode).toBe(415);
      expect(answer.headers['content-type']).toBe(contentTypes.json);
      expect(statusIn(answer)).toMatchObject({ code: 3 });
      expect(store.calls).toBe(0);
    },
  );

  it('is answered in OTLP even where the path is none (C13)', async () => {
    const { app } = createRig();
    const answer = await app.inject({ method: 'POST', url: '/%zz' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ code: 3, message: expect.stringContaining('/%zz') });
  });

  it('is answered 415 without a type', async () => {
    const { app } = createRig();
    const answer = await app.inject({ method: 'POST', url: '/v1/metrics' });
    expect(answer.statusCode).toBe(415);
    expect(answer.headers['accept-post']).toBe('application/x-protobuf, application/json');
  });

  it.each(['br', 'deflate', 'gzip, gzip', 'zstd'])(
    'is answered 415 for the encoding %s (C4)',
    async (name) => {
      const { app } = createRig();
      const { headers, ...request } = post(protobuf, deflateSync(good.protobuf));
      const answer = await app.inject({ ...request, headers: { ...headers, 'content-encoding': name } });
      expect(answer.statusCode).toBe(415);
      expect(answer.headers['content-type']).toBe(contentTypes.protobuf);
      expect(answer.headers['accept-encoding']).toBe('gzip, identity');
    },
  );
});

describe('a body that is too large', () => {
  const limits = { maxBodyBytes: 1000 };
  const large = Buffer.alloc(1001, 0x20);

  it.each(['protobuf', 'json'] as const)(
    'is answered 413 by its declared size, as %s (C5)',
    async (encoding) => {
      const { app } = createRig({ limits });
      const answer = await app.inject(post({ encoding, gzip: false }, large));
      expect(answer.statusCode).toBe(413);
      expect(statusIn(answer)).toEqual({ code: 8, message: expect.stringContaining('1000 bytes') });
    },
  );

  it('is answered 413 once decompressed (C5)', async () => {
    const { app } = createRig({ limits });
    expect((await app.inject(post({ ...json, gzip: true }, large))).statusCode).toBe(413);
  });

  it('is taken up to the limit, before and after decompression (C5)', async () => {
    const { app } = createRig({ limits });
    const just = Buffer.from(`{}${' '.repeat(998)}`);
    for (const gzip of [false, true])
      expect((await app.inject(post({ ...json, gzip }, just))).statusCode).toBe(200);
  });

  it('is not one of some megabytes', async () => {
    const { app } = createRig();
    const some = Buffer.from(`{}${' '.repeat(5 * 2 ** 20)}`);
    for (const gzip of [false, true])
      expect((await app.inject(post({ ...json, gzip }, some))).statusCode).toBe(200);
  });

  it('is answered 413 when it holds more items than memory is for', async () => {
    const { app } = createRig({ limits: { maxItems: 3 } });
    const answer = await app.inject(post(protobuf, good.protobuf));
    expect(answer.statusCode).toBe(413);
    expect(statusIn(answer)).toEqual({ code: 8, message: expect.stringContaining('more than 3') });
  });

  it('never fills the memory when it is a gzip bomb (B85)', async () => {
    const { app } = createRig();
    const megabyte = gzipSync(Buffer.alloc(2 ** 20));
    const bomb = {
      ...post({ ...protobuf, gzip: true }, new Uint8Array()),
      payload: Buffer.concat(Array(300).fill(megabyte)),
    };
    const before = process.memoryUsage();
    let most = 0;
    const watch = setInterval(() => {
      const { heapUsed, external } = process.memoryUsage();
      most = Math.max(most, heapUsed + external - before.heapUsed - before.external);
    }, 2);
    const answer = await app.inject(bomb);
    clearInterval(watch);
    expect(answer.statusCode).toBe(413);
    expect(bomb.payload.length).toBeLessThan(400_000);
    expect(most).toBeLessThan((64 + 50) * 2 ** 20);
  });
});

describe('while the database is away', () => {
  it.each(wires)(
    'a request as $encoding, gzip $gzip, is to come again (B18, C13, C15, C16, C37)',
    async (wire) => {
      const { app, store, core, log } = createRig();
      const request = post(wire, good[wire.encoding]);
      store.away = 'connection refused';
      for (const answer of [await app.inject(request), await app.inject(request)]) {
        expect(answer.statusCode).toBe(503);
        expect(answer.headers['retry-after']).toBe('2');
        expect(answer.headers['content-type']).toBe(contentTypes[wire.encoding]);
        expect(statusIn(answer)).toEqual({
          code: 14,
          message: 'the database takes no rows: connection refused',
        });
      }
      store.away = undefined;
      expect((await app.inject(request)).statusCode).toBe(200);
      expect(store.rows).toEqual([loadRow]);
      expect(core.stats()).toMatchObject({ unavailableRequests: 2, typed: { inserted: 1 } });
      expect(log).toEqual([
        { level: 'warn', message: 'the database takes no rows: connection refused', fields: undefined },
        { level: 'info', message: 'the database takes rows again', fields: undefined },
      ]);
    },
  );

  it.each([
    [1, '1'],
    [1001, '2'],
    [60_000, '5'],
  ])('the wait of %d ms is told as %s s (C16)', async (retryAfterMs, told) => {
    const { app, store } = createRig({ limits: { retryAfterMs } });
    store.away = 'connection refused';
    expect((await app.inject(post(json, good.json))).headers['retry-after']).toBe(told);
  });

  it('an answer comes in time, whatever the database does (C37)', async () => {
    const untilAborted: RowStore = {
      store: (_rows, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () =>
            resolve({ kind: 'unavailable', message: 'no answer in time' }),
          );
        }),
    };
    const { app } = createRigWith(untilAborted, { limits: { storeTimeoutMs: 20 } });
    expect((await app.inject(post(json, good.json))).statusCode).toBe(503);
  });

  it('rejected points are counted once, when the rest is stored', async () => {
    const { app, store, core } = createRig();
    const request = post(json, bytesOf('json', loadMetric({}, { time: [0, 0] })));
    store.away = 'connection refused';
    await app.inject(request);
    expect(core.stats().rejected.size).toBe(0);
    store.away = undefined;
    await app.inject(request);
    expect([...core.stats().rejected]).toEqual([['time_missing', 1]]);
  });
});

describe('a fault of ours', () => {
  it('is answered 500 without its details, which are logged (B18, C13)', async () => {
    const failing: RowStore = { store: () => Promise.reject(new Error('secret')) };
    const { app, log } = createRigWith(failing);
    const answer = await app.inject(post(protobuf, good.protobuf));
    expect(answer.statusCode).toBe(500);
    expect(statusIn(answer)).toEqual({ code: 13, message: 'the writer failed; its log says how' });
    expect(log).toMatchObject([{ level: 'error', fields: { error: expect.stringContaining('secret') } }]);
  });
});

describe('health', () => {
  it('is the process alone at /healthz (C41)', async () => {
    const { app, store } = createRig({ ready: async () => [{ name: 'database', ready: false }] });
    store.away = 'connection refused';
    expect((await app.inject('/healthz')).statusCode).toBe(200);
  });

  it('is database and schema at /readyz (C41)', async () => {
    const checks = [{ name: 'database', ready: true }];
    const answer = await createRig({ ready: async () => checks }).app.inject('/readyz');
    expect([answer.statusCode, answer.json()]).toEqual([200, { ready: true, checks }]);
  });

  it('says at /readyz what is missing (C41)', async () => {
    const checks = [
      { name: 'database', ready: true },
      { name: 'schema', ready: false, reason: 'run ciris-telemetry migrate' },
    ];
    const answer = await createRig({ ready: async () => checks }).app.inject('/readyz');
    expect([answer.statusCode, answer.json()]).toEqual([503, { ready: false, checks }]);
  });

  it('is not there when nobody can say so (C41)', async () => {
    const answer = await createRig({ ready: () => Promise.reject(new Error('no connection')) }).app.inject(
      '/readyz',
    );
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { ready: false, checks: [{ name: 'database', ready: false, reason: 'no connection' }] },
    ]);
  });
});
