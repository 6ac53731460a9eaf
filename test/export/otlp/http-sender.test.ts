import { readFileSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type ServerOptions } from 'node:https';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createHttpSender } from '../../../src/export/otlp/http-sender.ts';
import { readOtelSettings } from '../../../src/export/otlp/otel-settings.ts';
import { toPayload } from '../../../src/export/otlp/payload.ts';
import type { Sender } from '../../../src/export/sender.ts';
import { scope } from '../support/meter.ts';
import { gauge, point, sum } from '../support/metrics.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { payloadOf, temporaryDirectory } from '../support/spooling.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const never = new AbortController().signal;

async function senderTo(url: string, environment: Readonly<Record<string, string>> = {}): Promise<Sender> {
  const { otlp: settings } = readOtelSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...environment });
  if (settings === undefined) throw new Error('no settings');
  const clock = { now: () => now, monotonic: () => 0 };
  const sender = await createHttpSender({ settings, clock, userAgent: 'ciris-telemetry/test' });
  onTestFinished(() => sender.close());
  return sender;
}

/** What becomes of a payload that a receiver answers in this way. */
async function outcomeFor(answer: Receiver['answer'], environment?: Readonly<Record<string, string>>) {
  const receiver = await startReceiver();
  receiver.answer = answer;
  const sender = await senderTo(receiver.url, environment);
  return sender.send(payloadOf('payload'), never);
}

const certificates = join(import.meta.dirname, '../../collectors/docker/tls');

async function startSecure(options: ServerOptions): Promise<number> {
  const server = createServer(options, (request, response) =>
    request.resume().on('end', () => response.end()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const status =
  (
    code: number,
    headers: Readonly<Record<string, string>> = {},
    body: string | Uint8Array = '',
  ): Receiver['answer'] =>
  (response) => {
    response.writeHead(code, headers).end(body);
  };
const json = { 'content-type': 'application/json' };
const protobuf = { 'content-type': 'application/x-protobuf' };

describe('the HTTP sender', () => {
  it('posts the payload as it is, by its own encoding, with the headers of the settings', async () => {
    const receiver = await startReceiver();
    const sender = await senderTo(`${receiver.url}/base/`, { OTEL_EXPORTER_OTLP_HEADERS: 'X-Token=a%20b' });
    expect(await sender.send(payloadOf('bytes'), never)).toEqual({ kind: 'accepted', rejectedPoints: 0 });
    expect(await sender.send(payloadOf('{}', 'json'), never)).toEqual({
      kind: 'accepted',
      rejectedPoints: 0,
    });
    const common = { 'x-token': 'a b', 'user-agent': 'ciris-telemetry/test' };
    expect(receiver.requests).toMatchObject([
      {
        method: 'POST',
        path: '/base/v1/metrics',
        headers: { ...common, ...protobuf },
        body: Buffer.from('bytes'),
      },
      { method: 'POST', path: '/base/v1/metrics', headers: { ...common, ...json }, body: Buffer.from('{}') },
    ]);
    expect(sender.target).toBe(`${receiver.url}/base/v1/metrics`);
  });

  it('compresses where it is told to', async () => {
    const receiver = await startReceiver();
    const sender = await senderTo(receiver.url, { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' });
    await sender.send(payloadOf('bytes'), never);
    expect(receiver.requests).toMatchObject([
      { headers: { 'content-encoding': 'gzip' }, body: Buffer.from('bytes') },
    ]);
  });

  it.each([
    ['protobuf', ProtobufExporter],
    ['json', JsonExporter],
  ] as const)("makes the same request as the SDK's exporter, in %s", async (encoding, Exporter) => {
    const receiver = await startReceiver();
    const resourceMetrics = {
      resource: resourceFromAttributes({ 'service.name': 'x' }),
      scopeMetrics: [
        { scope, metrics: [sum('a', [point(1.5, { k: 'v' })], { unit: 's' }), gauge('b', [point(2)])] },
      ],
    };
    const exporter = new Exporter({ url: `${receiver.url}/v1/metrics` });
    await new Promise((resolve) => exporter.export(resourceMetrics, resolve));
    await exporter.shutdown();
    const payload = toPayload(resourceMetrics, encoding);
    await (await senderTo(receiver.url)).send(payload ?? expect.unreachable(), never);
    const [theirs, ours] = receiver.requests;
    expect(ours?.body).toEqual(theirs?.body);
    expect(ours?.path).toBe(theirs?.path);
    expect(ours?.headers['content-type']).toBe(theirs?.headers['content-type']);
  });

  it.each([
    [
      'JSON, the number as a text',
      json,
      '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"bad"}}',
    ],
    ['JSON', json, '{"partialSuccess":{"rejectedDataPoints":3,"errorMessage":"bad"}}'],
    ['protobuf', protobuf, Uint8Array.from([0x0a, 7, 0x08, 3, 0x12, 3, 0x62, 0x61, 0x64])],
  ])('reads a partial success in %s', async (_, headers, body) => {
    expect(await outcomeFor(status(200, headers, body))).toEqual({
      kind: 'accepted',
      rejectedPoints: 3,
      message: 'bad',
    });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)(
    'reads a partial success that comes in %s, though nobody asked for it',
    async (coding, encode) => {
      const body = encode('{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"bad"}}');
      const headers = { ...json, 'content-encoding': coding };
      expect(await outcomeFor(status(200, headers, body))).toEqual({
        kind: 'accepted',
        rejectedPoints: 3,
        message: 'bad',
      });
    },
  );

  it('reads a partial success in JSON of which no type is given', async () => {
    const body = '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"bad"}}';
    expect(await outcomeFor(status(200, {}, body))).toMatchObject({ rejectedPoints: 3, message: 'bad' });
  });

  it('keeps to the status where a compressed answer is broken, or would fill the memory', async () => {
    const headers = { ...json, 'content-encoding': 'gzip' };
    for (const body of ['no gzip', gzipSync(Buffer.alloc(8 * 1024 ** 2))]) {
      expect(await outcomeFor(status(400, headers, body))).toMatchObject({ kind: 'refused' });
      expect(await outcomeFor(status(200, headers, body))).toMatchObject({ kind: 'accepted' });
    }
  });

  it.each([
    ['without a body', {}, ''],
    ['with an empty response', json, '{}'],
    ['with an empty partial success', json, '{"partialSuccess":{}}'],
    ['with no partial success', json, '{"partialSuccess":null}'],
    ['with nothing in it', json, '{"partialSuccess":{"rejectedDataPoints":0,"errorMessage":null}}'],
    ['of a type in capitals', { 'content-type': 'Application/JSON; charset=utf-8' }, '{}'],
  ])('takes a 200 %s for full success', async (_, headers, body) => {
    expect(await outcomeFor(status(200, headers, body))).toEqual({ kind: 'accepted', rejectedPoints: 0 });
  });

  it('believes a 200 whose body makes no sense', async () => {
    expect(await outcomeFor(status(200, protobuf, 'not protobuf'))).toMatchObject({
      kind: 'accepted',
      rejectedPoints: 0,
    });
  });

  it.each(['-1', '0.5', 'many'])('counts no rejected points where their number is %s', async (number) => {
    const body = JSON.stringify({ partialSuccess: { rejectedDataPoints: number } });
    expect(await outcomeFor(status(200, json, body))).toMatchObject({ kind: 'accepted', rejectedPoints: 0 });
  });

  it.each([429, 502, 503, 504])('tries again after %d, as the protocol says', async (code) => {
    expect(await outcomeFor(status(code))).toEqual({ kind: 'retry', message: `HTTP ${code}` });
  });

  it.each([
    ['3', 3000],
    ['Sun, 01 Mar 2026 12:00:07 GMT', 7000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ])('heeds Retry-After: %s', async (header, afterMs) => {
    const headers = { 'retry-after': header, date: 'Sun, 01 Mar 2026 12:00:00 GMT' };
    expect(await outcomeFor(status(503, headers))).toMatchObject({ kind: 'retry', afterMs });
  });

  it.each([
    ['an hour ahead', 'Sun, 01 Mar 2026 13:00:00 GMT', 'Sun, 01 Mar 2026 13:00:07 GMT'],
    ['an hour behind', 'Sun, 01 Mar 2026 11:00:00 GMT', 'Sun, 01 Mar 2026 11:00:07 GMT'],
  ])('takes the date of a Retry-After by a clock that is %s', async (_, date, retryAfter) => {
    const headers = { 'retry-after': retryAfter, date };
    expect(await outcomeFor(status(503, headers))).toMatchObject({ kind: 'retry', afterMs: 7000 });
  });

  it.each(['soon', '1.5', '-3'])('passes over Retry-After: %s, which is neither', async (header) => {
    expect(await outcomeFor(status(503, { 'retry-after': header }))).toEqual({
      kind: 'retry',
      message: 'HTTP 503',
    });
  });

  it.each([408, 425, 500, 501])('tries again after %d, but suspects the payload', async (code) => {
    expect(await outcomeFor(status(code))).toEqual({ kind: 'retry', message: `HTTP ${code}`, suspect: true });
  });

  it.each(['', 'OK'])('takes a 200 with %j for success, even where it is called a page', async (body) => {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    expect(await outcomeFor(status(200, headers, body))).toMatchObject({
      kind: 'accepted',
      rejectedPoints: 0,
    });
  });

  it('keeps what a web page answers for, such as that of a login', async () => {
    const page = { 'content-type': 'text/html; charset=utf-8' };
    expect(await outcomeFor(status(200, page, '<html>Welcome</html>'))).toEqual({
      kind: 'retry',
      message: 'HTTP 200 with a web page, as no OTLP receiver answers: set the endpoint to the receiver',
    });
  });

  it.each([301, 302, 307, 308])('keeps what %d sends elsewhere, and says where', async (code) => {
    const location = 'https://user:secret@collector.test/v1/metrics?token=secret';
    expect(await outcomeFor(status(code, { location }))).toEqual({
      kind: 'retry',
      message: `HTTP ${code}, a redirect to https://***@collector.test/v1/metrics, which is not followed: set the endpoint to the receiver itself`,
    });
  });

  it.each([400, 401, 403, 404, 413])('takes %d for final', async (code) => {
    expect(await outcomeFor(status(code))).toEqual({ kind: 'refused', message: `HTTP ${code}` });
  });

  it.each([
    ['a JSON status', json, '{"code":3,"message":"no such metric"}', 'no such metric'],
    [
      'a protobuf status',
      protobuf,
      Buffer.concat([Uint8Array.from([0x08, 3, 0x12, 14]), Buffer.from('no such metric')]),
      'no such metric',
    ],
    ['a page', { 'content-type': 'text/html' }, '<html>\n<h1>Bad Gateway</h1></html>', 'Bad Gateway'],
  ])('repeats what %s says', async (_, headers, body, message) => {
    expect(await outcomeFor(status(400, headers, body))).toEqual({
      kind: 'refused',
      message: `HTTP 400: ${message}`,
    });
  });

  it('B73: tries again when nobody listens', async () => {
    const sender = await senderTo('http://127.0.0.1:1');
    expect(await sender.send(payloadOf('x'), never)).toMatchObject({
      kind: 'retry',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('says what is the matter where a port speaks HTTP/2 alone, or no TLS', async () => {
    const server = createHttp2Server();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = z.object({ port: z.number() }).parse(server.address());
    expect(await (await senderTo(`http://127.0.0.1:${port}`)).send(payloadOf('x'), never)).toMatchObject({
      kind: 'retry',
      message: expect.stringMatching(/Parse Error.*; what listens there .* usually 4318$/),
    });
    const { url } = await startReceiver();
    const secure = await senderTo(url.replace('http:', 'https:'));
    expect(await secure.send(payloadOf('x'), never)).toMatchObject({
      kind: 'retry',
      message: expect.stringMatching(/^[^\n]*wrong version number[^\n]*; see whether both sides use TLS/),
    });
  });

  it('opens a new connection when the one that it kept was closed', async () => {
    const receiver = await startReceiver();
    const sender = await senderTo(receiver.url);
    const reset: Receiver['answer'] = (response) => {
      receiver.answer = (next) => next.end();
      response.socket?.resetAndDestroy();
    };
    await sender.send(payloadOf('one'), never);
    receiver.answer = reset;
    expect(await sender.send(payloadOf('two'), never)).toEqual({ kind: 'accepted', rejectedPoints: 0 });
    expect(receiver.requests.map(({ body }) => body.toString())).toEqual(['one', 'two', 'two']);
    await sender.close();
    receiver.answer = reset;
    expect(await sender.send(payloadOf('three'), never)).toMatchObject({ kind: 'retry' });
  });

  it('does not wait for a receiver that changes to another protocol', async () => {
    const outcome = await outcomeFor((response) => {
      response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    });
    expect(outcome).toEqual({
      kind: 'retry',
      message: 'the receiver changes to another protocol, or hung up',
    });
  });

  it('B24, B73: gives up on a receiver that takes too long, and tries again', async () => {
    expect(await outcomeFor(() => {}, { OTEL_EXPORTER_OTLP_TIMEOUT: '1000' })).toEqual({
      kind: 'retry',
      message: 'no answer within 1000 ms',
    });
  });

  it('leaves nothing behind on the connection that it uses again and again', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const receiver = await startReceiver();
    const sender = await senderTo(receiver.url);
    for (let index = 0; index < 12; index += 1) {
      expect(await sender.send(payloadOf('x'), never)).toMatchObject({ kind: 'accepted' });
    }
    await setImmediate();
    expect(warnings).toEqual([]);
  });

  it('says so where there was not even a connection in time', async () => {
    const sender = await senderTo((await startReceiver()).url, { OTEL_EXPORTER_OTLP_TIMEOUT: '1' });
    // From here on timers come before news of connections, and time is up by then.
    await setImmediate();
    const sending = sender.send(payloadOf('x'), never);
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(await sending).toEqual({
      kind: 'retry',
      message: 'no connection within 1 ms; see the name server here, the address, and the firewalls between',
    });
  });

  it('B24: lets go at once when it is aborted', async () => {
    const receiver = await startReceiver();
    const { promise, resolve } = Promise.withResolvers<void>();
    receiver.answer = () => resolve();
    const abort = new AbortController();
    const sending = (await senderTo(receiver.url)).send(payloadOf('x'), abort.signal);
    await promise;
    abort.abort();
    expect(await sending).toMatchObject({ kind: 'retry' });
  });

  it('decides by the status when a connection breaks within the answer', async () => {
    const outcome = await outcomeFor((response) => {
      response.writeHead(400, { 'content-length': '100' });
      response.write('half');
      globalThis.setImmediate(() => response.destroy());
    });
    expect(outcome).toMatchObject({ kind: 'refused' });
  });

  it('takes up certificates that are replaced, and keeps those it has while a new pair is not whole', async () => {
    const folder = await temporaryDirectory();
    const place = (name: string) => join(folder, name);
    const put = (from: string, name: string) => copyFile(join(certificates, from, name), place(name));
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) await put('named', name);
    const pem = (name: string) => readFileSync(join(certificates, name));
    const [key, cert, ca] = ['key.pem', 'cert.pem', 'ca.pem'].map(pem);
    const port = await startSecure({ key, cert, ca, requestCert: true, rejectUnauthorized: true });
    const sender = await senderTo(`https://127.0.0.1:${port}`, {
      OTEL_EXPORTER_OTLP_CERTIFICATE: place('ca.pem'),
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: place('cert.pem'),
      OTEL_EXPORTER_OTLP_CLIENT_KEY: place('key.pem'),
    });
    expect(await sender.send(payloadOf('x'), never)).toMatchObject({ kind: 'retry' });
    await put('', 'ca.pem');
    await put('', 'cert.pem');
    expect(await sender.send(payloadOf('x'), never)).toMatchObject({ kind: 'retry' });
    await put('', 'key.pem');
    expect(await sender.send(payloadOf('x'), never)).toMatchObject({ kind: 'accepted' });
    await rm(place('key.pem'));
    expect(await sender.send(payloadOf('x'), never)).toMatchObject({ kind: 'accepted' });
    await put('', 'key.pem');
    await writeFile(place('ca.pem'), '');
    expect(await sender.send(payloadOf('x'), never)).toMatchObject({ kind: 'accepted' });
  });

  it('says which certificate is missing where a receiver asks for one', async () => {
    const [key, cert, ca] = ['key.pem', 'cert.pem', 'ca.pem'].map((name) =>
      readFileSync(join(certificates, name)),
    );
    const port = await startSecure({ key, cert, ca, requestCert: true, rejectUnauthorized: true });
    const sender = await senderTo(`https://127.0.0.1:${port}`, {
      OTEL_EXPORTER_OTLP_CERTIFICATE: join(certificates, 'ca.pem'),
    });
    expect(await sender.send(payloadOf('x'), never)).toMatchObject({
      kind: 'retry',
      message: expect.stringMatching(/alert certificate required.*; .*CLIENT_CERTIFICATE and .*CLIENT_KEY$/),
    });
  });

  it('names its target without what may be secret', async () => {
    const sender = await senderTo('http://user:secret@127.0.0.1:1', {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://user:secret@127.0.0.1:1/in?token=secret',
    });
    expect(sender.target).toBe('http://127.0.0.1:1/in');
  });

  it.each([
    [
      'certificate that is not there',
      { OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/ca.pem' },
      '/no/such/ca.pem',
    ],
    ['certificate that is a folder', { OTEL_EXPORTER_OTLP_CERTIFICATE: import.meta.dirname }, 'no file but'],
    [
      'file without a certificate',
      { OTEL_EXPORTER_OTLP_CERTIFICATE: import.meta.filename },
      'no certificate',
    ],
    [
      'key as a certificate',
      { OTEL_EXPORTER_OTLP_CERTIFICATE: join(certificates, 'key.pem') },
      'no certificate in PEM',
    ],
    [
      'key that is none',
      {
        OTEL_EXPORTER_OTLP_CLIENT_KEY: import.meta.filename,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: join(certificates, 'cert.pem'),
      },
      'certificates for OTLP',
    ],
  ])('refuses a %s before it starts', async (_, environment, named) => {
    await expect(senderTo('https://127.0.0.1:1', environment)).rejects.toMatchObject({
      code: 'setting_invalid',
      message: expect.stringContaining(named),
    });
  });
});
