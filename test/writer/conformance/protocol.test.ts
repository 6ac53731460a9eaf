import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { bodyOf, callOf, openRig, partialIn, statusIn } from '../support/conformance-rig.ts';
import { containerId, memoryOf, memoryOfMany, nanos, pointOf, requestOf } from '../support/requests.ts';
import { contentTypes, nowMicros, wires } from '../support/writer-rig.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const json = { encoding: 'json', gzip: false } as const;
const protobuf = { encoding: 'protobuf', gzip: false } as const;
const good = requestOf(memoryOf(pointOf('c1', { asInt: '7' })));
const goodRow = {
  entity: 'container',
  time: nowMicros,
  identity: containerId('c1'),
  info: {},
  values: { memoryUsage: 7 },
  states: {},
};

describe('the protocol of OTLP/HTTP', () => {
  it.each(wires)('C1 takes metrics at POST /v1/metrics as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    expect((await rig.send(wire, good)).status).toBe(200);
    expect(await rig.rows()).toEqual([goodRow]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])('C1 answers 405 to %s', async (method) => {
    await using rig = await openRig(postgres);
    for (const path of ['/v1/metrics?x=1', '/v1/logs']) {
      const answer = await rig.http.call(path, { method });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
    }
  });

  it('C1 answers 405 to metrics that are sent to a page, and says where they go', async () => {
    await using rig = await openRig(postgres);
    const answer = await rig.http.call('/healthz', callOf(protobuf, 'MetricsRequest', good));
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect(statusIn(answer).message).toBe(
      'POST is not possible at /healthz, only GET and HEAD: metrics go to POST /v1/metrics, events of snapshots to POST /v1/logs',
    );
  });

  it.each([
    ['/v1/traces', 'traces are not stored here'],
    ['/v1development/profiles', 'profiles are not stored here'],
    ['/v1/nothing', 'there is nothing at POST /v1/nothing'],
  ])('C1 answers 404 to %s with words', async (path, words) => {
    await using rig = await openRig(postgres);
    for (const wire of wires) {
      const answer = await rig.http.call(path, callOf(wire, 'MetricsRequest', good));
      expect(answer.status).toBe(404);
      expect(statusIn(answer).message).toContain(words);
      expect(statusIn(answer).message).toContain('metrics go to POST /v1/metrics');
    }
  });

  it('C2 takes both types on one port, whatever their case and parameters', async () => {
    await using rig = await openRig(postgres);
    for (const [wire, type] of [
      [json, 'Application/JSON; charset=utf-8'],
      [protobuf, 'APPLICATION/X-PROTOBUF;v=1'],
    ] as const)
      expect((await rig.send(wire, good, { headers: { 'content-type': type } })).status).toBe(200);
    expect(await rig.rows()).toEqual([goodRow]);
  });

  it.each(['text/plain', 'application/protobuf', 'application/jsonx', 'not a type', ''])(
    'C2 answers 415 to the type %j, in JSON',
    async (type) => {
      await using rig = await openRig(postgres);
      const answer = await rig.send(json, good, { headers: { 'content-type': type } });
      expect([answer.status, answer.headers['content-type']]).toEqual([415, contentTypes.json]);
      expect(answer.headers['accept-post']).toBe('application/x-protobuf, application/json');
      expect(statusIn(answer)).toMatchObject({ code: 3 });
      expect(await rig.rows()).toEqual([]);
    },
  );

  it('C2 answers 415 without a type', async () => {
    await using rig = await openRig(postgres);
    const answer = await rig.http.call('/v1/metrics');
    expect([answer.status, statusIn(answer).message]).toEqual([415, expect.stringContaining('missing')]);
  });

  it.each(wires)('C3 answers in the type of the request as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const type = contentTypes[wire.encoding];
    const calls = [
      callOf(wire, 'MetricsRequest', good),
      bodyOf(wire, Buffer.from([10, 5, 1])),
      { ...callOf(wire, 'MetricsRequest', good), method: 'PUT' },
    ];
    const answers = await Promise.all(calls.map((call) => rig.http.call('/v1/metrics', call)));
    expect(answers.map(({ status, headers }) => [status, headers['content-type']])).toEqual([
      [200, type],
      [400, type],
      [405, type],
    ]);
  });

  it.each(['identity', 'gzip', 'x-gzip', 'GZIP'])('C4 takes the encoding %s', async (name) => {
    await using rig = await openRig(postgres);
    const wire = { encoding: 'protobuf', gzip: name !== 'identity' } as const;
    expect((await rig.send(wire, good, { headers: { 'content-encoding': name } })).status).toBe(200);
    expect(await rig.rows()).toEqual([goodRow]);
  });

  it.each(['br', 'deflate', 'gzip, gzip', 'zstd'])('C4 answers 415 to the encoding %s', async (name) => {
    await using rig = await openRig(postgres);
    const answer = await rig.send(protobuf, good, { headers: { 'content-encoding': name } });
    expect([answer.status, answer.headers['accept-encoding']]).toEqual([415, 'gzip, identity']);
    expect(await rig.rows()).toEqual([]);
  });

  it.each(wires)(
    'C4 gzips an answer that is long, to who accepts it, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const bad = Array.from({ length: 20 }, (_, index) => ({
        ...memoryOf(pointOf('c1', { asInt: '1', timeUnixNano: '1000000000' })),
        name: `container.${'x'.repeat(80)}.${index}`,
      }));
      const call = (accepted: string, ...metrics: typeof bad) =>
        rig.send(wire, requestOf(...metrics), { headers: { 'accept-encoding': accepted } });
      const gzipped = await call('gzip', ...bad);
      expect(gzipped.headers['content-encoding']).toBe('gzip');
      const plain = await call('identity', ...bad);
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(gunzipSync(gzipped.body)).toEqual(plain.body);
      expect(gzipped.body.length).toBeLessThan(plain.body.length / 2);
      expect(partialIn(gzipped)?.rejected).toBe('20');
      expect((await call('gzip')).headers['content-encoding']).toBeUndefined();
    },
  );

  it.each(wires)('C5 bounds a body before and after decompression as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres, { limits: { maxBodyBytes: 1000 } });
    const large = await rig.http.call('/v1/metrics', bodyOf(wire, Buffer.alloc(1001, 0x20)));
    expect(large.status).toBe(413);
    expect(statusIn(large)).toMatchObject({ code: 8, message: expect.stringContaining('1000 bytes') });
    // As large as may be: one field that nobody knows, or spaces.
    const most = wire.encoding === 'json' ? '{}'.padEnd(1000) : `\x7a\xe5\x07${'x'.repeat(997)}`;
    expect((await rig.http.call('/v1/metrics', bodyOf(wire, Buffer.from(most, 'latin1')))).status).toBe(200);
    expect((await rig.send(wire, good)).status).toBe(200);
    expect(await rig.rows()).toEqual([goodRow]);
  });

  it('C5 takes a body up to the limit, and of megabytes where that allows it', async () => {
    await using rig = await openRig(postgres);
    const some = Buffer.from(`{}${' '.repeat(5 * 2 ** 20)}`);
    for (const gzip of [false, true])
      expect((await rig.http.call('/v1/metrics', bodyOf({ ...json, gzip }, some))).status).toBe(200);
  });

  it.each([
    ['declared', { 'content-length': String(4 * 2 ** 20) }],
    ['not declared', { 'transfer-encoding': 'chunked' }],
  ])('C5 says so to a client that is still sending too much, its size being %s', async (_what, length) => {
    await using rig = await openRig(postgres, { limits: { maxBodyBytes: 1000 } });
    const body = Buffer.alloc(4 * 2 ** 20, 0x20);
    const answer = await rig.http.call('/v1/metrics', {
      headers: { 'content-type': contentTypes.json, ...length },
      body,
    });
    expect(answer.status).toBe(413);
    expect((await rig.send(json, good)).status).toBe(200);
  });

  it('C5 never fills the memory with a gzip bomb', async () => {
    await using rig = await openRig(postgres);
    const megabyte = gzipSync(Buffer.alloc(2 ** 20));
    const bomb = bodyOf({ ...protobuf, gzip: true }, new Uint8Array());
    const body = Buffer.concat(Array(300).fill(megabyte));
    const before = process.memoryUsage();
    let most = 0;
    const watch = setInterval(() => {
      const { heapUsed, external } = process.memoryUsage();
      most = Math.max(most, heapUsed + external - before.heapUsed - before.external);
    }, 2);
    const answer = await rig.http.call('/v1/metrics', { ...bomb, body });
    clearInterval(watch);
    expect(answer.status).toBe(413);
    expect(body.length).toBeLessThan(400_000);
    expect(most).toBeLessThan((64 + 50) * 2 ** 20);
  });

  it.each(wires)('C6 shortens what it says, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres, { limits: { maxHeaderBytes: 100_000 } });
    const call = callOf(wire, 'MetricsRequest', good);
    const answer = await rig.http.call(`/${'x'.repeat(60_000)}`, call);
    expect(answer.status).toBe(404);
    expect(statusIn(answer).message).toHaveLength(10_001);
    const many = Array.from({ length: 300 }, (_, index) => ({
      ...memoryOf(pointOf('c1', { asInt: '1', timeUnixNano: '1000000000' })),
      name: `${index}.${'y'.repeat(20_000)}`,
    }));
    const stored = await rig.send(wire, requestOf(...many));
    expect(partialIn(stored)?.rejected).toBe('300');
    expect(stored.body.length).toBeLessThan(20_000);
  });

  it.each(wires)('C7 answers a full success with nothing as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const answer = await rig.send(wire, good);
    expect([answer.status, answer.body.toString()]).toEqual([200, wire.encoding === 'json' ? '{}' : '']);
  });

  it.each(wires)('C8 takes nothing at all, and empty envelopes, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const empty = [
      {},
      { resourceMetrics: [] },
      { resourceMetrics: [{}] },
      { resourceMetrics: [{ scopeMetrics: [{ metrics: [] }] }] },
      requestOf({ name: 'container.memory.usage', unit: 'By' }),
      requestOf(memoryOf()),
    ];
    for (const request of empty) {
      const answer = await rig.send(wire, request);
      expect([answer.status, partialIn(answer)]).toEqual([200, undefined]);
    }
    expect(await rig.rows()).toEqual([]);
  });

  it('C8 takes a protobuf request without a body', async () => {
    await using rig = await openRig(postgres);
    const headers = { 'content-type': contentTypes.protobuf };
    expect((await rig.http.call('/v1/metrics', { headers })).status).toBe(200);
  });

  it.each(wires)(
    'C9 stores the rest of a request of which points are refused, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const { sum, ...metric } = { sum: { dataPoints: [] as readonly unknown[] }, ...memoryOfMany(99) };
      const dataPoints = [...sum.dataPoints, pointOf('bad', { asInt: '1', timeUnixNano: '0' })];
      const answer = await rig.send(wire, requestOf({ ...metric, sum: { ...sum, dataPoints } }));
      expect(partialIn(answer)).toEqual({
        rejected: '1',
        errorMessage: expect.stringContaining('1 of "container.memory.usage": time_missing'),
      });
      expect(await rig.rows()).toHaveLength(99);
    },
  );

  it.each(wires)(
    'C10 warns of what it could store though it was odd, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const attributes = [...Object.entries(containerId('c1')), ['container.id', 'c2']].map(
        ([key, stringValue]) => ({ key, value: { stringValue } }),
      );
      const answer = await rig.send(
        wire,
        requestOf(memoryOf({ attributes, timeUnixNano: nanos, asInt: '1' })),
      );
      expect(partialIn(answer)).toEqual({
        rejected: '0',
        errorMessage: 'lists of attributes that name one twice, its last value taken: 1',
      });
      expect((await rig.rows()).map(({ identity }) => identity['container.id'])).toEqual(['c2']);
    },
  );

  it.each(wires)(
    'C12 answers 400 with a BadRequest to what is no request, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const body = Buffer.from(wire.encoding === 'json' ? '{"resourceMetrics":7}' : [10, 5, 1]);
      const answer = await rig.http.call('/v1/metrics', bodyOf(wire, body));
      expect(answer.status).toBe(400);
      const { code, message, details = [] } = statusIn(answer);
      expect([code, details.length]).toEqual([3, 1]);
      expect(message).toContain(wire.encoding === 'json' ? 'is not an array' : 'longer than what is left');
      const [detail = {}] = details;
      const type = 'type.googleapis.com/google.rpc.BadRequest';
      if (wire.encoding === 'protobuf') expect(detail).toMatchObject({ typeUrl: type });
      else
        expect(detail).toEqual({
          '@type': type,
          fieldViolations: [{ field: 'resourceMetrics', description: message }],
        });
      expect(rig.core.stats()).toMatchObject({ requests: 0, undecodableRequests: 1 });
    },
  );

  it.each(wires)('C13 gives every refusal a Status in words as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres, {
      limits: { maxItems: 3 },
      token: 'secret',
      url: postgres.url,
    });
    const authorization = 'Bearer secret';
    const call = callOf(wire, 'MetricsRequest', good, { authorization });
    const large = callOf(wire, 'MetricsRequest', requestOf(memoryOfMany(20)), { authorization });
    const refusals = [
      [400, 3, '/v1/metrics', bodyOf(wire, Buffer.from('nothing'), { authorization })],
      [401, 16, '/v1/metrics', callOf(wire, 'MetricsRequest', good)],
      [403, 7, '/v1/metrics', callOf(wire, 'MetricsRequest', good, { authorization: 'Bearer x' })],
      [404, 5, '/v1/traces', call],
      [405, 12, '/v1/metrics', { ...call, method: 'PUT' }],
      [413, 8, '/v1/metrics', large],
      [415, 3, '/v1/metrics', { ...call, headers: { ...call.headers, 'content-encoding': 'br' } }],
    ] as const;
    for (const [status, code, path, refused] of refusals) {
      const answer = await rig.http.call(path, refused);
      expect([answer.status, answer.headers['content-type']]).toEqual([status, contentTypes[wire.encoding]]);
      expect(statusIn(answer)).toMatchObject({ code, message: expect.stringMatching(/\w{3}/) });
    }
  });

  const post = 'POST /v1/metrics HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n';
  const rude: Readonly<Record<string, { text: string; end?: boolean; message: string }>> = {
    'no Host': { text: `${post}Content-Length: 2\r\n\r\n{}`, message: 'the request has no header Host' },
    'no HTTP': { text: 'hello\r\n\r\n', message: 'this is no HTTP request: Parse Error: Invalid method' },
    'gRPC, which is HTTP/2': {
      text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      message: 'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    },
    TLS: { text: '\u0016\u0003\u0001\u0002\u0000\u0001', message: 'write http:// for https://' },
    'half a body': {
      text: `${post}Host: x\r\nContent-Length: 9\r\n\r\n{}`,
      end: true,
      message: 'ended early',
    },
    'a broken chunk': {
      text: `${post}Host: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      message: 'Invalid character in chunk size',
    },
  };

  it.each(Object.entries(rude))('C13 gives a Status to %s', async (_what, { text, end = false, message }) => {
    await using rig = await openRig(postgres);
    const [head = '', body = ''] = (await rig.http.raw(text, { end })).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(JSON.parse(body)).toEqual({ code: 3, message: expect.stringContaining(message) });
  });

  it('C13 gives no 417 of another kind: an expectation that is not known is passed over', async () => {
    await using rig = await openRig(postgres);
    expect((await rig.send(json, good, { headers: { expect: 'something' } })).status).toBe(200);
    expect(await rig.rows()).toEqual([goodRow]);
  });

  it('C13 gives a Status even where the path is none', async () => {
    await using rig = await openRig(postgres);
    const answer = await rig.http.call('/%zz');
    expect(answer.status).toBe(400);
    expect(statusIn(answer)).toEqual({ code: 3, message: expect.stringContaining('/%zz') });
  });

  it.each(wires)(
    'C34 answers 400 to a body that is cut short or broken, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const { body = Buffer.alloc(0), headers = {} } = callOf(wire, 'MetricsRequest', good);
      const broken = Buffer.from(body);
      broken.fill(0xff, 12, 20);
      const bodies = [
        body.subarray(0, -3),
        ...(wire.gzip ? [broken, Buffer.from('no gzip'), Buffer.alloc(0)] : [gzipSync(body)]),
      ];
      for (const each of bodies) {
        const answer = await rig.http.call('/v1/metrics', { headers, body: each });
        expect([answer.status, statusIn(answer).code]).toEqual([400, 3]);
      }
      expect(await rig.rows()).toEqual([]);
    },
  );
});
