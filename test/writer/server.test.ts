import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { RowStore } from '../../src/db/ports.ts';
import { Admission } from '../../src/writer/http/admission.ts';
import { AnswerBook } from '../../src/writer/http/answer-book.ts';
import { defaultWriterLimits } from '../../src/writer/limits.ts';
import { createWriterServer } from '../../src/writer/server.ts';
import { statusIn } from './support/conformance-rig.ts';
import { HeldStore } from './support/held-store.ts';
import { Loopback } from './support/loopback.ts';
import {
  bytesOf,
  contentTypes,
  createRig,
  createRigWith,
  type LogLine,
  loadMetric,
  post,
  recordingLogger,
} from './support/writer-rig.ts';

const protobuf = { encoding: 'protobuf', gzip: false } as const;
const good = bytesOf('protobuf', loadMetric({}));

describe('a fault of ours', () => {
  it('is answered 500 without its details, which are logged (B18, C13)', async () => {
    const failing: RowStore = { store: () => Promise.reject(new Error('secret')) };
    const { app, log } = createRigWith(failing);
    const { statusCode: status, headers, rawPayload: body } = await app.inject(post(protobuf, good));
    expect(status).toBe(500);
    const said = statusIn({ status, headers: { 'content-type': String(headers['content-type']) }, body });
    expect(said).toEqual({ code: 13, message: 'the writer failed; its log says how' });
    expect(log).toMatchObject([{ level: 'error', fields: { error: expect.stringContaining('secret') } }]);
  });
});

describe('readiness', () => {
  it('says what is there and what is missing', async () => {
    const checks = [
      { name: 'database', ready: true },
      { name: 'schema', ready: false, reason: 'run ciris-telemetry migrate' },
    ];
    const answer = await createRig({ ready: async () => checks }).app.inject('/readyz');
    expect([answer.statusCode, answer.json()]).toEqual([503, { ready: false, checks }]);
  });

  it('is not there when nobody can say so', async () => {
    const rig = createRig({ ready: () => Promise.reject(new Error('no connection')) });
    const answer = await rig.app.inject('/readyz');
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { ready: false, checks: [{ name: 'database', ready: false, reason: 'no connection' }] },
    ]);
  });
});

describe('what is under way', () => {
  it('is held as it was decompressed, until it is stored', async () => {
    const store = new HeldStore();
    const { core } = createRigWith(store);
    const admission = new Admission(defaultWriterLimits);
    const logger = recordingLogger([]);
    const app = createWriterServer({ core, ready: async () => [], logger, admission });
    const answer = app.inject(post({ encoding: 'protobuf', gzip: true }, good));
    await store.holds(1);
    expect(admission.load()).toEqual({ requests: 1, bytes: good.length });
    store.letGo();
    expect((await answer).statusCode).toBe(200);
    expect(admission.load()).toEqual({ requests: 0, bytes: 0 });
  });
});

describe('what is counted of answers', () => {
  it('is each by its status, those that nobody waited for apart, and no probe', async () => {
    const answers = new AnswerBook();
    const store = new HeldStore();
    const { core } = createRigWith(store);
    const app = createWriterServer({ core, ready: async () => [], logger: recordingLogger([]), answers });
    const http = await Loopback.start(app);
    await http.call('/healthz', { method: 'GET' });
    await http.call('/v1/traces');
    const begun = once(app.server, 'request');
    const sent = http.begin({ 'content-type': contentTypes.protobuf });
    sent.end(good);
    const [, response] = await begun;
    await store.holds(1);
    const gone = once(response, 'close');
    sent.destroy();
    await gone;
    store.letGo();
    await http.stop();
    const { byStatus, unanswered } = answers.stats();
    expect([...byStatus.keys()]).toEqual([404]);
    expect(byStatus.get(404)).toEqual({ requests: 1, seconds: expect.any(Number) });
    expect(unanswered).toBe(1);
  });

  it('is a broken connection once, though a request was under way on it', async () => {
    const answers = new AnswerBook();
    const lines: LogLine[] = [];
    const { core } = createRig();
    const logger = recordingLogger(lines);
    const app = createWriterServer({ core, ready: async () => [], logger, answers });
    const http = await Loopback.start(app);
    const head = 'POST /v1/metrics HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    await http.raw(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`);
    await http.raw('hello\r\n\r\n');
    await http.stop();
    expect(answers.stats()).toEqual({ byStatus: new Map(), unanswered: 0, broken: 2 });
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'a connection is closed, and others from there will be without another word',
        fields: { message: expect.stringContaining('chunk size'), from: '127.0.0.1' },
      },
    ]);
  });

  it('is told in the log without what may be a key in the address', async () => {
    const { app, log } = createRig();
    await app.inject({ method: 'POST', url: '/v1/traces?key=secret' });
    expect(log).toMatchObject([{ level: 'warn', fields: { request: 'POST /v1/traces', from: '127.0.0.1' } }]);
    expect(JSON.stringify(log)).not.toContain('secret');
  });

  it('has no page where there is nothing to show it', async () => {
    expect((await createRig().app.inject('/metrics')).statusCode).toBe(404);
  });
});
