import { afterEach, describe, expect, it } from 'vitest';
import type { Row } from '../../../src/metric/row.ts';
import { packageVersion } from '../../../src/runtime/package-version.ts';
import { startStopped } from './stopped-server.ts';
import { caFile, collectNow, createServers, ok, probeOnce, watch } from './support.ts';

const { closeServers, freePort, httpServer, httpsServer, tcpServer } = createServers();

afterEach(closeServers);

const phasesIn = ({ values }: Row): readonly string[] =>
  ['dns', 'connect', 'tls', 'firstByte', 'body'].filter((phase) => values[`${phase}Duration`] !== undefined);

describe('an endpoint that answers', () => {
  it('is up, with the time of each stage and the end of its certificate', async () => {
    const port = await httpsServer('valid');
    const row = await probeOnce({ url: `https://localhost:${port}/status`, caFile });
    expect(row).toMatchObject({
      identity: { 'ciris.endpoint.name': `localhost:${port}/status` },
      info: { 'url.full': `https://localhost:${port}/status` },
      states: { outcome: 'ok' },
      values: { up: 1, statusCode: 200, certificateExpires: Date.parse('2125-01-01T00:00:00Z') / 1000 },
    });
    expect(row.info).not.toHaveProperty('error.type');
    expect(phasesIn(row)).toEqual(['dns', 'connect', 'tls', 'firstByte', 'body']);
    const { certificateExpires, certificateRemaining, duration, tlsDuration } = row.values;
    expect(Number(certificateExpires) - Number(certificateRemaining)).toBeCloseTo(row.time / 1e6, 3);
    expect(Number(duration)).toBeGreaterThan(Number(tlsDuration));
  });

  it('is asked in a way that says who asks, and gets the credentials that nobody else sees', async () => {
    const seen: unknown[] = [];
    const port = await httpServer(({ method, url, headers }, response) => {
      seen.push({
        method,
        url,
        host: headers.host,
        agent: headers['user-agent'],
        login: headers.authorization,
      });
      response.end();
    });
    const row = await probeOnce({ url: `http://user:p%40ss@127.0.0.1:${port}/health?key=secret#part` });
    expect(seen).toEqual([
      {
        method: 'GET',
        url: '/health?key=secret',
        host: `127.0.0.1:${port}`,
        agent: `ciris-telemetry/${packageVersion()}`,
        login: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
      },
    ]);
    expect(row.identity).toEqual({ 'ciris.endpoint.name': `127.0.0.1:${port}/health` });
    expect(row.info).toEqual({ 'url.full': `http://127.0.0.1:${port}/health` });
  });

  it('without TLS and by its address has no certificate and needs no name server', async () => {
    const port = await httpServer(ok);
    const row = await probeOnce({ url: `http://127.0.0.1:${port}` });
    expect(phasesIn(row)).toEqual(['connect', 'firstByte', 'body']);
    expect(row.values).not.toHaveProperty('certificateExpires');
    expect(row.identity['ciris.endpoint.name']).toBe(`127.0.0.1:${port}`);
  });

  it('by IPv6', async () => {
    const port = await httpServer(ok, '::1').catch((error: Error) => error);
    // Where a machine has no IPv6, the address cannot be connected to either.
    const row = await probeOnce({ url: `http://[::1]:${typeof port === 'number' ? port : 9}/` });
    expect(row.states.outcome).toBe(typeof port === 'number' ? 'ok' : 'connection_failed');
  });

  it('on the first of several addresses, though it takes its time', async () => {
    const { port, goOn } = await startStopped();
    const lookUp = async () => {
      setTimeout(goOn, 400);
      return [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ];
    };
    const row = await probeOnce({ url: `http://two.invalid:${port}/`, timeout: 50 }, { lookUp });
    expect(row.states.outcome).toBe('ok');
  });

  it('on one of several addresses', async () => {
    const port = await httpServer(ok);
    const lookUp = async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const row = await probeOnce({ url: `http://two.invalid:${port}/` }, { lookUp });
    expect(row.states.outcome).toBe('ok');
  });

  it('with more than anybody wants to read is up all the same', async () => {
    const port = await httpServer((_, response) => {
      response.write(Buffer.alloc(100_000));
    });
    const row = await probeOnce({ url: `http://127.0.0.1:${port}/`, timeout: 50 });
    expect(row.states.outcome).toBe('ok');
  });
});

describe('a certificate', () => {
  it.each([
    ['expired', 'certificate_expired', 'CERT_HAS_EXPIRED', '2021-01-01'],
    ['not-yet-valid', 'certificate_not_yet_valid', 'CERT_NOT_YET_VALID', '2125-01-01'],
    ['wrong-name', 'certificate_wrong_name', 'ERR_TLS_CERT_ALTNAME_INVALID', '2125-01-01'],
    ['self-signed', 'certificate_self_signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', '2125-01-01'],
  ])('that is %s: %s, with the end of its validity', async (certificate, outcome, errorType, expires) => {
    let requests = 0;
    const port = await httpsServer(certificate, (_, response) => {
      requests += 1;
      response.end();
    });
    const row = await probeOnce({ url: `https://127.0.0.1:${port}/`, caFile });
    expect(row).toMatchObject({
      info: { 'error.type': errorType },
      states: { outcome },
      values: { up: 0, certificateExpires: Date.parse(expires) / 1000 },
    });
    const remaining = Date.parse(expires) / 1000 - row.time / 1e6;
    expect(row.values.certificateRemaining).toBeCloseTo(remaining, 3);
    expect(Math.sign(remaining)).toBe(outcome === 'certificate_expired' ? -1 : 1);
    expect(phasesIn(row)).toEqual(['connect', 'tls']);
    expect(requests).toBe(0);
  });

  it('of an authority that is not known is not trusted', async () => {
    const port = await httpsServer('valid');
    const row = await probeOnce({ url: `https://127.0.0.1:${port}/` });
    expect(row.states.outcome).toBe('certificate_untrusted');
    expect(row.values.certificateExpires).toBe(Date.parse('2125-01-01') / 1000);
  });

  it('that has expired is so, whoever signed it', async () => {
    const port = await httpsServer('expired');
    const row = await probeOnce({ url: `https://127.0.0.1:${port}/` });
    expect(row.states.outcome).toBe('certificate_expired');
    expect(Number(row.values.certificateRemaining)).toBeLessThan(0);
  });
});

describe('what goes wrong is told apart:', () => {
  /** Enough for all that is not silent. */
  const timeout = 2;

  it('a name that cannot be resolved', async () => {
    const row = await probeOnce({ url: 'https://nobody.invalid/', timeout: 50 });
    expect(row).toMatchObject({ states: { outcome: 'name_unresolved' }, values: { up: 0 } });
    expect(phasesIn(row)).toEqual([]);
  });

  it('a name server that is silent', async () => {
    const lookUp = () => new Promise<never>(() => {});
    const row = await probeOnce({ url: 'https://nobody.invalid/', timeout }, { lookUp });
    expect(row).toMatchObject({ states: { outcome: 'name_timeout' }, info: { 'error.type': 'timeout' } });
  });

  it('a port on which nothing listens', async () => {
    const row = await probeOnce({ url: `https://127.0.0.1:${await freePort()}/` });
    expect(row).toMatchObject({
      states: { outcome: 'connection_refused' },
      info: { 'error.type': 'ECONNREFUSED' },
    });
    expect(row.values).not.toHaveProperty('certificateExpires');
  });

  it('one that accepts and never answers', async () => {
    const port = await tcpServer(() => {});
    const plain = await probeOnce({ url: `http://127.0.0.1:${port}/`, timeout });
    expect(plain).toMatchObject({ states: { outcome: 'response_timeout' }, values: { up: 0 } });
    expect(phasesIn(plain)).toEqual(['connect']);
    const secure = await probeOnce({ url: `https://127.0.0.1:${port}/`, timeout });
    expect(secure.states.outcome).toBe('tls_timeout');
  });

  it('one that begins to answer and does not finish', async () => {
    const port = await httpServer((_, response) => {
      response.write('slow');
    });
    const row = await probeOnce({ url: `http://127.0.0.1:${port}/`, timeout });
    expect(row).toMatchObject({ states: { outcome: 'body_timeout' }, values: { up: 0, statusCode: 200 } });
  });

  it('one that breaks off in the middle', async () => {
    const port = await httpServer((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    });
    const row = await probeOnce({ url: `http://127.0.0.1:${port}/` });
    expect(row).toMatchObject({ states: { outcome: 'connection_lost' }, values: { statusCode: 200 } });
  });

  it('one that hangs up', async () => {
    const port = await tcpServer((socket) => socket.on('data', () => socket.destroy()));
    const plain = await probeOnce({ url: `http://127.0.0.1:${port}/` });
    expect(plain.states.outcome).toBe('connection_lost');
    const secure = await probeOnce({ url: `https://127.0.0.1:${port}/` });
    expect(secure.states.outcome).toBe('tls_failed');
  });

  it('one that speaks something else', async () => {
    const port = await tcpServer((socket) =>
      socket.on('data', () => socket.end('220 mail.example ESMTP\r\n')),
    );
    const plain = await probeOnce({ url: `http://127.0.0.1:${port}/` });
    expect(plain.states.outcome).toBe('protocol_violated');
    const secure = await probeOnce({ url: `https://127.0.0.1:${port}/` });
    expect(secure.states.outcome).toBe('tls_failed');
  });

  it('one that changes to another protocol unasked', async () => {
    const port = await tcpServer((socket) =>
      socket.on('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      ),
    );
    const row = await probeOnce({ url: `http://127.0.0.1:${port}/` });
    expect(row.states.outcome).toBe('protocol_violated');
  });

  it('one that wants to know who asks', async () => {
    const port = await httpsServer('valid', ok, { requestCert: true, rejectUnauthorized: true });
    const row = await probeOnce({ url: `https://127.0.0.1:${port}/`, caFile });
    expect(row.states.outcome).toMatch(/^(tls_failed|connection_lost)$/);
    expect(row.values.certificateExpires).toBe(Date.parse('2125-01-01') / 1000);
  });

  it.each([
    [500, undefined, 'status_unexpected'],
    [204, undefined, 'ok'],
    [302, undefined, 'status_unexpected'],
    [302, [302], 'ok'],
    [200, [302], 'status_unexpected'],
  ])('status %s where %s is expected', async (status, expected, outcome) => {
    let requests = 0;
    const port = await httpServer((_, response) => {
      requests += 1;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const row = await probeOnce({
      url: `http://127.0.0.1:${port}/`,
      ...(expected === undefined ? {} : { expect: expected }),
    });
    expect(row).toMatchObject({
      states: { outcome },
      values: { up: Number(outcome === 'ok'), statusCode: status },
    });
    expect(row.info['error.type']).toBe(outcome === 'ok' ? undefined : String(status));
    expect(requests).toBe(1);
  });
});

describe('many endpoints', () => {
  it('are probed at once, and one that hangs costs only its own figures', async () => {
    const [well, hangs] = [await httpServer(ok), await tcpServer(() => {})];
    const endpoints = [
      { name: 'well', url: `http://127.0.0.1:${well}/` },
      ...Array.from({ length: 5 }, (_, index) => ({
        name: `hangs ${index}`,
        url: `http://127.0.0.1:${hangs}/`,
      })),
      { name: 'nobody', url: 'http://nobody.invalid/' },
    ];
    const lookUp = () => new Promise<never>(() => {});
    const begun = performance.now();
    const { rows } = await collectNow(watch(endpoints, { lookUp }), { budgetMs: 3000 });
    expect(performance.now() - begun).toBeLessThan(9000);
    expect(rows.map(({ states }) => states.outcome)).toEqual([
      'ok',
      ...Array.from({ length: 5 }, () => 'response_timeout'),
      'name_timeout',
    ]);
  });

  it('of one host are looked up once', async () => {
    const port = await httpServer(ok);
    let lookups = 0;
    const lookUp = async () => {
      lookups += 1;
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const endpoints = ['a', 'b', 'c'].map((name) => ({ name, url: `http://one.invalid:${port}/${name}` }));
    const { rows } = await collectNow(watch(endpoints, { lookUp }));
    expect(rows.map(({ values }) => values.up)).toEqual([1, 1, 1]);
    expect(lookups).toBe(1);
  });

  it('leave nothing behind when the collection is ended', async () => {
    const port = await tcpServer(() => {});
    const ending = new AbortController();
    const collecting = collectNow(watch([{ url: `http://127.0.0.1:${port}/` }]), { signal: ending.signal });
    ending.abort(new Error('stopped'));
    await expect(collecting).rejects.toThrow('stopped');
  });
});
