import { once } from 'node:events';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWriter } from '../../../src/app/writer.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { until } from '../../app/support.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { callOf, type Json, openRig, partialIn, statusIn } from '../support/conformance-rig.ts';
import { answerTo, type LoopbackAnswer } from '../support/loopback.ts';
import { gaugeOf, memoryOf, memoryOfMany, pointOf, requestOf } from '../support/requests.ts';
import { contentTypes, now, wires } from '../support/writer-rig.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const json = { encoding: 'json', gzip: false } as const;
const headers = { 'content-type': contentTypes.json };
const good = requestOf(memoryOf(pointOf('c1', { asInt: '7' })));
const ofContainer = (id: string) => requestOf(memoryOf(pointOf(id, { asInt: '7' })));
const tooOld = requestOf(memoryOf(pointOf('c1', { asInt: '7', timeUnixNano: '1000000000' })));

/** Holds all rows that come for containers, until it is let go. */
async function holdRows(pool: Pool): Promise<{ letGo: () => Promise<void> }> {
  const client = await pool.connect();
  await client.query('begin');
  await client.query('lock table telemetry.container in access exclusive mode');
  return {
    letGo: async () => {
      await client.query('rollback');
      client.release();
    },
  };
}

/** Resolves once as many transactions wait for a lock. */
const held = (pool: Pool, transactions: number) =>
  until(async () => {
    const { rowCount } = await pool.query('select from pg_locks where not granted');
    return (rowCount ?? 0) >= transactions ? true : undefined;
  });

const nameOf = (url: string): string => /\/([^/?]+)\?/.exec(url)?.[1] ?? '';

/** Shuts a database for everybody but those who administer it, and opens it again. */
async function shutDatabase(url: string): Promise<{ open: () => Promise<void> }> {
  const name = nameOf(url);
  const pool = postgres.pool(postgres.url);
  await pool.query(`alter database ${name} with allow_connections false`);
  await pool.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  return {
    open: async () => {
      await pool.query(`alter database ${name} with allow_connections true`);
    },
  };
}

const expectLater = ({ status, headers: { 'retry-after': after } }: LoopbackAnswer): void => {
  expect(status).toBe(503);
  expect(Number(after)).toBeGreaterThanOrEqual(1);
  expect(Number(after)).toBeLessThanOrEqual(5);
};

describe('what is stored', () => {
  it('C11 is not answered with a partial success while anything of it may work later', async () => {
    const url = await postgres.freshUrl('migrated');
    await using rig = await openRig(postgres, { url });
    const mixed = requestOf(
      memoryOf(pointOf('c1', { asInt: '7' }), pointOf('c2', { asInt: '7', timeUnixNano: '1000000000' })),
    );
    const shut = await shutDatabase(url);
    for (const wire of wires) expectLater(await rig.send(wire, mixed));
    expect(rig.core.stats().rejected.size).toBe(0);
    await shut.open();
    expect(partialIn(await rig.send(json, mixed))).toMatchObject({ rejected: '1' });
    expect(await rig.rows()).toHaveLength(1);
  });

  it('C17 is acknowledged only when it is committed', async () => {
    await using rig = await openRig(postgres);
    const hold = await holdRows(rig.pool);
    let answered = 0;
    const answers = wires.map(async (wire) => {
      const answer = await rig.send(wire, good);
      answered += 1;
      return answer;
    });
    await held(rig.pool, 1);
    expect(answered).toBe(0);
    await hold.letGo();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await rig.rows()).toHaveLength(1);
  });

  it('C17 is not acknowledged when its commit is what fails', async () => {
    const url = await postgres.freshUrl('migrated');
    await using rig = await openRig(postgres, { url });
    await rig.pool.query(
      `create function fail() returns trigger language plpgsql as
        $$ begin raise 'no more room' using errcode = '53100'; end $$`,
    );
    for (const table of ['container', 'number_point'])
      await rig.pool.query(
        `create constraint trigger fail after insert on telemetry.${table}
          deferrable initially deferred for each row execute function fail()`,
      );
    const other = requestOf(gaugeOf('other', pointOf('c1', { asInt: '7' })));
    for (const wire of wires) for (const request of [good, other]) expectLater(await rig.send(wire, request));
    expect(await rig.rows()).toEqual([]);
    expect(rig.core.stats()).toMatchObject({ typed: { inserted: 0 }, generic: { inserted: 0 } });
  });

  it.each(wires)('C18 stays the same when it comes again, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const request = requestOf(memoryOfMany(100));
    await rig.send(wire, request);
    const rows = await rig.rows();
    expect(rows).toHaveLength(100);
    expect((await rig.send(wire, request)).status).toBe(200);
    const other = requestOf(memoryOf(pointOf('c0', { asInt: '99' })));
    expect(partialIn(await rig.send(wire, other))).toBeUndefined();
    expect(await rig.rows()).toEqual(rows);
    expect(rig.core.stats()).toMatchObject({ typed: { inserted: 100, duplicates: 101, completed: 0 } });
  });

  it.each(wires)('C18 is made whole when it comes in parts, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const cpu = {
      name: 'container.cpu.usage',
      unit: '{cpu}',
      gauge: { dataPoints: [pointOf('c1', { asDouble: 0.5 })] },
    };
    for (const request of [good, requestOf(cpu), good])
      expect((await rig.send(wire, request)).status).toBe(200);
    expect((await rig.rows()).map(({ values }) => values)).toEqual([{ memoryUsage: 7, cpuUsage: 0.5 }]);
    expect(rig.core.stats()).toMatchObject({ typed: { inserted: 1, completed: 1, duplicates: 1 } });
  });
});

describe('trouble', () => {
  it('C14 is told by the statuses that clients know: 503 to come back, and final ones', async () => {
    await using rig = await openRig(postgres, { limits: { maxItems: 30 }, token: 'secret' });
    await using impatient = await openRig(postgres, { limits: { bodyTimeoutMs: 50 }, token: 'secret' });
    const authorization = 'Bearer secret';
    const call = callOf(json, 'MetricsRequest', good, { authorization });
    const slow = impatient.http.begin({ ...headers, authorization, 'content-length': '1000' });
    slow.write('{');
    const answers = await Promise.all([
      answerTo(slow),
      rig.http.call('/v1/metrics', { headers: { ...headers, authorization }, body: Buffer.from('{') }),
      rig.http.call('/v1/metrics', callOf(json, 'MetricsRequest', good)),
      rig.http.call('/v1/metrics', callOf(json, 'MetricsRequest', good, { authorization: 'Bearer no' })),
      rig.http.call('/v1/traces', call),
      rig.http.call('/v1/metrics', { ...call, method: 'PUT' }),
      rig.http.call(
        '/v1/metrics',
        callOf(json, 'MetricsRequest', requestOf(memoryOfMany(50)), { authorization }),
      ),
      rig.http.call('/v1/metrics', { ...call, headers: { authorization } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 400, 401, 403, 404, 405, 413, 415]);
  });

  it('C15 of too many requests is told by 503 with the time to come back', async () => {
    await using rig = await openRig(postgres, { limits: { maxRequestsInFlight: 2 } });
    const hold = await holdRows(rig.pool);
    const taken = [rig.send(json, ofContainer('a')), rig.send(json, ofContainer('b'))];
    await held(rig.pool, 2);
    for (const wire of wires) {
      const answer = await rig.send(wire, good);
      expectLater(answer);
      expect(statusIn(answer)).toEqual({ code: 14, message: '2 requests are under way already' });
    }
    await hold.letGo();
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await rig.send(json, good)).status).toBe(200);
  });

  it('C15 of too many bytes is told by 503', async () => {
    await using rig = await openRig(postgres, { limits: { maxBytesInFlight: 400 } });
    const hold = await holdRows(rig.pool);
    const taken = rig.send(json, good);
    await held(rig.pool, 1);
    expectLater(await rig.send(json, good));
    await hold.letGo();
    expect((await taken).status).toBe(200);
  });

  it('C15 of a queue that is full is told by 503', async () => {
    await using rig = await openRig(postgres, { limits: { maxQueuedRequests: 1 } });
    const hold = await holdRows(rig.pool);
    const taken = rig.send(json, ofContainer('a'));
    await held(rig.pool, 1);
    const answer = await rig.send(json, good);
    expectLater(answer);
    expect(statusIn(answer).message).toBe('more waits for the database than there is room for');
    await hold.letGo();
    expect((await taken).status).toBe(200);
  });

  it.each([
    [1, '1'],
    [1001, '2'],
    [60_000, '5'],
  ])('C16 of %d ms is told as %s s, which clients wait for', async (retryAfterMs, told) => {
    const url = await postgres.freshUrl('empty');
    await using rig = await openRig(postgres, { url, limits: { retryAfterMs } });
    for (const wire of wires) {
      const answer = await rig.send(wire, good);
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, told]);
    }
  });
});

describe('connections', () => {
  it('C35 with a slow body are told to come back, and closed', async () => {
    await using rig = await openRig(postgres, { limits: { bodyTimeoutMs: 50 } });
    for (const type of Object.values(contentTypes)) {
      const sent = rig.http.begin({ 'content-type': type, 'content-length': '1000' });
      sent.write('{');
      const answer = await answerTo(sent);
      expectLater(answer);
      expect(answer.headers.connection).toBe('close');
      expect(statusIn(answer)).toEqual({ code: 14, message: 'the body did not arrive within 50 ms' });
    }
    expect(await rig.rows()).toEqual([]);
  });

  it('C35 with headers without end are refused', async () => {
    await using rig = await openRig(postgres, { limits: { maxHeaderBytes: 2000 } });
    const answer = await rig.http.call('/v1/metrics', {
      headers: { ...headers, 'x-large': 'x'.repeat(3000) },
    });
    expect(answer.status).toBe(431);
    expect(statusIn(answer)).toEqual({ code: 8, message: 'the headers are too large' });
  });

  it('C35 stay open from one request to the next', async () => {
    await using rig = await openRig(postgres);
    const connections: unknown[] = [];
    rig.app.server.on('connection', (socket) => connections.push(socket));
    for (const wire of wires) expect((await rig.send(wire, good)).headers.connection).toBe('keep-alive');
    expect(connections).toHaveLength(1);
  });

  it('C36 that break in the middle of a body take nobody else with them', async () => {
    await using rig = await openRig(postgres, { limits: { maxRequestsInFlight: 1 } });
    const sent = rig.http.begin({ ...headers, 'content-length': '1000' });
    sent.write('{');
    const [received] = await once(rig.app.server, 'request');
    const gone = new Promise((resolve) => received.once('close', resolve));
    sent.destroy();
    await gone;
    expect((await rig.send(json, good)).status).toBe(200);
    expect(await rig.rows()).toHaveLength(1);
  });

  it('C36 at the same time are each answered for their own', async () => {
    await using rig = await openRig(postgres);
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const bad = Array.from({ length: index }, () =>
          pointOf('x', { asInt: '1', timeUnixNano: '1000000000' }),
        );
        // What is too long for an index is known to the database alone.
        const long = index % 4 === 3 ? [pointOf(noise(6000, index), { asInt: '1' })] : [];
        const points = [0, 1, 2].map((point) => pointOf(`r${index}p${point}`, { asInt: '1' }));
        const wire = wires[index % 4] ?? json;
        return rig.send(wire, requestOf(memoryOf(...points, ...bad, ...long)));
      }),
    );
    const expected = Array.from({ length: 40 }, (_, index) => index + (index % 4 === 3 ? 1 : 0));
    expect(answers.map((answer) => Number(partialIn(answer)?.rejected ?? 0))).toEqual(expected);
    expect(await rig.rows()).toHaveLength(120);
    expect(rig.core.stats().typed.transactions).toBeLessThan(40);
  });

  it('C36 with the same rows in every order wait for each other, and none fails', async () => {
    await using rig = await openRig(postgres, { limits: { maxTransactionItems: 50, maxTransactions: 6 } });
    const { sum, ...metric } = { sum: { dataPoints: [] as readonly unknown[] }, ...memoryOfMany(50) };
    const statuses = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const turned = [...sum.dataPoints.slice(index), ...sum.dataPoints.slice(0, index)];
        const request = requestOf({ ...metric, sum: { ...sum, dataPoints: turned } });
        return (await rig.send(wires[index % 4] ?? json, request)).status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await rig.rows()).toHaveLength(50);
  });
});

/** Text that does not become smaller when it is compressed. */
function noise(length: number, seed: number): string {
  let state = seed + 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}

describe('a database that is away', () => {
  it('C37 is told by 503, and the same request is stored once it is back', async () => {
    const url = await postgres.freshUrl('migrated');
    await using rig = await openRig(postgres, { url });
    expect((await rig.send(json, ofContainer('before'))).status).toBe(200);
    const shut = await shutDatabase(url);
    for (const wire of wires) {
      const answer = await rig.send(wire, good);
      expectLater(answer);
      expect(statusIn(answer)).toMatchObject({ code: 14, message: expect.stringContaining('takes no rows') });
    }
    await shut.open();
    expect((await rig.send(json, good)).status).toBe(200);
    expect(await rig.rows()).toHaveLength(2);
    const said = rig.log.filter(({ level }) => level === 'info').map(({ message }) => message);
    expect(said).toEqual(['the database takes rows again']);
  });

  it('C37 is told within the time that clients have, to all that wait, whose memory is bounded', async () => {
    await using rig = await openRig(postgres, {
      limits: { storeTimeoutMs: 150, maxTransactions: 1, maxQueuedRequests: 5 },
    });
    const hold = await holdRows(rig.pool);
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, index) =>
        rig.send(wires[index % 4] ?? json, ofContainer(`c${index}`)),
      ),
    );
    for (const answer of answers) expectLater(answer);
    await hold.letGo();
    await until(async () => (rig.core.stats().typed.requests === 0 ? true : undefined));
    expect(rig.core.stats().typed).toMatchObject({ requests: 0, bytes: 0 });
    // So short a time may be too short for one that is taken, too.
    await until(async () => ((await rig.send(json, good)).status === 200 ? true : undefined));
  });
});

describe('closing', () => {
  it('C38 finishes what is under way, answers 503 to what is new, and then takes no connection', async () => {
    const { promise: newcomer, resolve } = Promise.withResolvers<LoopbackAnswer>();
    await using rig = await openRig(postgres, {
      prepare: (app) => app.addHook('preClose', async () => resolve(await rig.send(json, good))),
    });
    const hold = await holdRows(rig.pool);
    const underWay = rig.send(json, good);
    await held(rig.pool, 1);
    const closed = rig.app.close();
    const refused = await newcomer;
    expectLater(refused);
    expect(refused.headers.connection).toBe('close');
    expect(statusIn(refused)).toEqual({ code: 14, message: 'the server is closing' });
    await hold.letGo();
    const { status, headers: answered } = await underWay;
    expect([status, answered.connection]).toEqual([200, 'close']);
    await closed;
    await expect(rig.send(json, good)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await rig.rows()).toHaveLength(1);
  });

  it('C38 waits for nobody longer than its grace', async () => {
    await using rig = await openRig(postgres, { limits: { closeGraceMs: 50 } });
    const hold = await holdRows(rig.pool);
    const stalled = rig.http.begin({ ...headers, 'content-length': '1000' });
    const answers = [answerTo(stalled), rig.send(json, good)];
    stalled.write('{');
    await held(rig.pool, 1);
    await rig.app.close();
    for (const answer of await Promise.all(answers)) expectLater(answer);
    await hold.letGo();
  });

  it.each([
    ['headers without an end', 'POST /v1/metrics HTTP/1.1\r\nHost: x\r\n'],
    ['the body of what was refused', 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'],
  ])('C38 closes on who still sends %s', async (_what, text) => {
    await using rig = await openRig(postgres, { limits: { closeGraceMs: 50, bodyTimeoutMs: 600_000 } });
    const heard = once(rig.app.server, 'connection');
    const answer = rig.http.raw(text);
    const [socket] = await heard;
    await until(async () => (socket.bytesRead === text.length ? true : undefined));
    await rig.app.close();
    expect(await answer).not.toContain(' 200 ');
  });
});

describe('who may send', () => {
  it.each(wires)('C39 shows the token, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres, { token: 'secret' });
    const send = (authorization?: string) =>
      rig.send(wire, good, authorization === undefined ? {} : { headers: { authorization } });
    for (const [authorization, status, code] of [
      [undefined, 401, 16],
      ['Basic c2VjcmV0', 401, 16],
      ['Bearer', 401, 16],
      ['Bearer secretly', 403, 7],
      ['Bearer secre', 403, 7],
      ['Bearer SECRET', 403, 7],
    ] as const) {
      const answer = await send(authorization);
      expect([answer.status, statusIn(answer).code]).toEqual([status, code]);
      expect(answer.headers['www-authenticate']).toEqual(
        status === 401 ? expect.stringMatching(/^Bearer /) : undefined,
      );
      expect(answer.body.toString()).not.toContain('secret');
    }
    // Whoever looks for a sender that does not come finds it in the log, once for each refusal, and no token.
    expect(rig.log).toEqual([
      { level: 'warn', message: expect.stringContaining('answered 401'), fields: expect.anything() },
      {
        level: 'warn',
        message: 'a sender is answered 403, and will be without another word',
        fields: {
          message: 'the token is not the one that this writer takes',
          from: '127.0.0.1',
          agent: undefined,
          request: 'POST /v1/metrics',
        },
      },
    ]);
    expect(JSON.stringify(rig.log)).not.toContain('secret');
    expect(await rig.rows()).toEqual([]);
    expect((await send('bearer secret')).status).toBe(200);
    expect(await rig.rows()).toHaveLength(1);
  });

  it('C39 is everybody where there is no token', async () => {
    await using rig = await openRig(postgres);
    expect((await rig.send(json, good, { headers: { authorization: 'Bearer whatever' } })).status).toBe(200);
  });
});

describe('what a writer says of itself', () => {
  async function startReal(databaseUrl: string) {
    const config = { host: '127.0.0.1', port: 0, maxAgeDays: 5, databaseUrl, stateDir: '/nowhere' };
    const clock = { now: () => now, monotonic: () => 0 };
    const writer = await startWriter({ ...config, instance: 'w' }, { clock, logger: silentLogger });
    const post = (request: Json, index = 0) => {
      const { headers: sent = {}, body } = callOf(wires[index] ?? json, 'MetricsRequest', request);
      return fetch(`${writer.url}/v1/metrics`, {
        method: 'POST',
        headers: sent,
        ...(body === undefined ? {} : { body }),
      });
    };
    const figures = async () => {
      const text = await (await fetch(`${writer.url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith('ciris_writer_'));
      return new Map(
        lines.map((line) => {
          const [, name = '', labels = '', value] = /^ciris_writer_(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
          const own = [...labels.matchAll(/(?:status_code|destination|outcome|error_type|state)="(\w+)"/g)];
          return [[name, ...own.map(([, label]) => label)].join(' '), Number(value)];
        }),
      );
    };
    return { ...writer, post, figures, [Symbol.asyncDispose]: () => writer.stop() };
  }

  it('C40 is what it received, stored, rejected and answered, and how it stands', async () => {
    await using writer = await startReal(await postgres.freshUrl('migrated'));
    const other = {
      name: 'other.gauge',
      unit: '1',
      gauge: { dataPoints: [pointOf('c1', { asDouble: 0.5 })] },
    };
    const request = requestOf(memoryOf(pointOf('c1', { asInt: '7' }), pointOf('c2', { asInt: '7' })), other);
    for (const index of [0, 1, 2, 3]) expect((await writer.post(request, index)).status).toBe(200);
    await writer.post(tooOld);
    await fetch(`${writer.url}/v1/metrics`, { method: 'PUT' });
    const figures = await writer.figures();
    expect(Object.fromEntries([...figures].filter(([, value]) => value !== 0))).toMatchObject({
      'requests_total 200': 5,
      'requests_total 405': 1,
      'requests_time_seconds_total 200': expect.any(Number),
      'points_total typed': 9,
      'points_total generic': 4,
      'points_rejected_total time_too_old': 1,
      'rows_total typed inserted': 2,
      'rows_total typed duplicate': 6,
      'rows_total generic inserted': 1,
      'rows_total generic duplicate': 3,
      'transactions_total typed': 4,
      'transactions_total generic': 4,
      'database_connections idle': expect.any(Number),
    });
    for (const absent of [
      'requests_total 503',
      'points_rejected_total value_not_finite',
      'queue_size_bytes typed',
    ])
      expect([absent, figures.get(absent)]).toEqual([absent, 0]);
  });

  it('C40 counts what it was asked to store and could not', async () => {
    await using writer = await startReal('postgresql://telemetry@127.0.0.1:1/telemetry');
    expect((await writer.post(good)).status).toBe(503);
    const figures = await writer.figures();
    expect(figures.get('requests_total 503')).toBe(1);
    expect(figures.get('rows_total typed inserted')).toBe(0);
  });

  it.each([
    [
      'is a standby',
      (name: string) => `alter database ${name} set default_transaction_read_only = on`,
      'standby',
    ],
    ['lost its schema', () => 'drop schema telemetry cascade', 'ciris-telemetry migrate'],
    [
      'lets it store nothing',
      () => 'revoke insert on telemetry.number_point from telemetry_writer',
      'member of telemetry_writer',
    ],
  ])('C41 is not ready where its database %s', async (_what, change, words) => {
    const url = await postgres.freshUrl('migrated');
    const login = await postgres.roleUrl(url, 'grant telemetry_writer to');
    await using writer = await startReal(login);
    await until(async () => ((await fetch(`${writer.url}/readyz`)).ok ? true : undefined));
    const name = nameOf(url);
    await postgres.pool(url).query(change(name));
    await postgres
      .pool(postgres.url)
      .query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    await until(async () => {
      const answer = await fetch(`${writer.url}/readyz`);
      return answer.status === 503 && (await answer.text()).includes(words) ? true : undefined;
    });
  });

  it('C41 is its process at /healthz, and its database and schema at /readyz', async () => {
    const url = await postgres.freshUrl('migrated');
    await using writer = await startReal(url);
    const probe = async (path: string) => (await fetch(`${writer.url}${path}`)).status;
    const answers = (path: string, status: number) =>
      until(async () => ((await probe(path)) === status ? true : undefined));
    await answers('/readyz', 200);
    expect(await probe('/healthz')).toBe(200);
    const shut = await shutDatabase(url);
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 503]);
    await shut.open();
    await answers('/readyz', 200);
    await using away = await startReal('postgresql://telemetry@127.0.0.1:1/telemetry');
    expect((await fetch(`${away.url}/healthz`)).status).toBe(200);
    const answer = await fetch(`${away.url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ ready: false, checks: [{ name: 'database', ready: false }] });
  });
});
