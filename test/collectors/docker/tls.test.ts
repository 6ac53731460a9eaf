import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../../src/collectors/collector.ts';
import { asNobody, collectNow, containersOf, fleet, serverOf, startCollector } from './support.ts';

const certPath = join(import.meta.dirname, 'tls');
const expired = join(certPath, 'expired');
/** For engine.example and 10.9.8.7, of another authority. */
const named = join(certPath, 'named');
const pem = (name: string, folder: string): string => readFileSync(join(folder, name), 'utf8');

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** An engine on a port of its own that wants a client certificate, or speaks plainly. */
async function listen(
  protocol: 'http' | 'https',
  { basePath = '', certificates = certPath } = {},
): Promise<number> {
  const answers = fleet({ size: 1 });
  const respond: Parameters<typeof createHttpServer>[1] = async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://engine');
    if (!url.pathname.startsWith(basePath)) {
      response.writeHead(404).end();
      return;
    }
    const pathname = url.pathname.slice(basePath.length);
    const [, apiVersion, path = ''] = /^(?:\/v(\d+\.\d+))?(\/.*)$/.exec(pathname) ?? [];
    const reaction = await answers({ path, apiVersion, query: url.searchParams, headers: request.headers });
    response.end(typeof reaction === 'string' ? '' : JSON.stringify(reaction.body));
  };
  const [key, cert, ca] = ['key.pem', 'cert.pem', 'ca.pem'].map((name) => pem(name, certificates));
  const server: Server =
    protocol === 'http'
      ? createHttpServer(respond)
      : createHttpsServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true }, respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A folder of our own with these certificates. */
async function copyOf(certificates: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certs-'));
  open.push(() => rm(folder, { recursive: true }));
  await cp(certificates, folder, { recursive: true });
  return folder;
}

function watch(options: Parameters<typeof startCollector>[0]): Collector {
  const collector = startCollector(options);
  open.push(() => collector.close());
  return collector;
}

it('B60 an engine behind TLS is read with the certificates of DOCKER_CERT_PATH, and verified', async () => {
  const port = await listen('https');
  const collected = await collectNow(
    watch({ dockerHost: `tcp://127.0.0.1:${port}`, dockerTlsVerify: true, dockerCertPath: certPath }),
  );
  expect(collected.failure).toBeUndefined();
  expect(containersOf(collected)).toHaveLength(1);
});

it('an engine whose certificate is not known is not trusted, unless that is asked for', async () => {
  const port = await listen('https');
  const dockerHost = `https://127.0.0.1:${port}`;
  const { failure } = await collectNow(watch({ dockerHost }));
  expect(failure).toMatchObject({ type: 'tls', message: expect.stringContaining('DOCKER_CERT_PATH') });
  const unverified = watch({ dockerHost, dockerTlsVerify: false, dockerCertPath: certPath });
  expect(serverOf(await collectNow(unverified))?.values.up).toBe(1);
});

it('an engine is verified by the authority that is given alone', async () => {
  const port = await listen('https');
  const dockerHost = `tcp://127.0.0.1:${port}`;
  const own = { tlsCert: join(certPath, 'cert.pem'), tlsKey: join(certPath, 'key.pem') };
  const right = watch({ dockerHost, ...own, tlsCa: join(certPath, 'ca.pem') });
  expect(serverOf(await collectNow(right))?.values.up).toBe(1);
  const tlsCa = join(named, 'ca.pem');
  const { failure, rows } = await collectNow(watch({ dockerHost, ...own, tlsCa }));
  expect(rows).toHaveLength(1);
  expect(failure).toMatchObject({
    type: 'tls',
    message: expect.stringContaining(
      `; see that ${tlsCa} holds the certificate of the authority that signed the engine's`,
    ),
  });
});

it('certificates that are not there are named', async () => {
  const dockerCertPath = await mkdtemp(join(tmpdir(), 'certs-'));
  open.push(() => rm(dockerCertPath, { recursive: true }));
  const { failure } = await collectNow(watch({ dockerHost: 'tcp://127.0.0.1:9', dockerCertPath }));
  expect(failure).toMatchObject({
    type: 'setting_invalid',
    message: expect.stringMatching(/ca\.pem|cert\.pem|key\.pem/),
  });
});

it('a certificate that is a pipe holds up neither this nor any other reading of files', async () => {
  const dockerCertPath = await mkdtemp(join(tmpdir(), 'certs-'));
  open.push(() => rm(dockerCertPath, { recursive: true }));
  execFileSync('mkfifo', [join(dockerCertPath, 'ca.pem')]);
  const collector = watch({ dockerHost: 'tcp://127.0.0.1:9', dockerCertPath });
  // More than there are threads.
  for (let round = 0; round < 6; round += 1) {
    const { failure } = await collectNow(collector);
    expect(failure).toMatchObject({
      type: 'setting_invalid',
      message: expect.stringMatching(/ca\.pem, .* failed: it is no file but a folder, a pipe or a device/),
    });
  }
  expect(await readFile(import.meta.filename, 'utf8')).not.toBe('');
});

it('certificates that may not be read are named', async () => {
  const dockerCertPath = await copyOf(certPath);
  await chmod(dockerCertPath, 0o755);
  await chmod(join(dockerCertPath, 'key.pem'), 0o000);
  const collector = watch({ dockerHost: 'tcp://127.0.0.1:9', dockerCertPath });
  const { failure } = await asNobody(() => collectNow(collector));
  expect(failure).toMatchObject({
    type: 'permission_denied',
    message: expect.stringMatching(
      /reading .*key\.pem, the key of our own certificate, failed: EACCES.*; give this user the right/,
    ),
  });
});

it('certificates are read anew when their files change, without a restart', async () => {
  const port = await listen('https');
  const dockerCertPath = await copyOf(certPath);
  const collector = watch({ dockerHost: `tcp://127.0.0.1:${port}`, dockerCertPath });
  const up = async () => serverOf(await collectNow(collector))?.values.up;
  const authority = join(dockerCertPath, 'ca.pem');
  expect(await up()).toBe(1);
  await copyFile(join(named, 'ca.pem'), authority);
  expect(await up()).toBe(0);
  await rm(authority);
  expect(await up()).toBe(0);
  await copyFile(join(certPath, 'ca.pem'), authority);
  expect(await up()).toBe(1);
});

it('a certificate that has expired is to be renewed', async () => {
  const port = await listen('https', { certificates: expired });
  const { failure } = await collectNow(
    watch({ dockerHost: `https://127.0.0.1:${port}`, dockerCertPath: expired }),
  );
  expect(failure).toMatchObject({
    type: 'tls',
    message: expect.stringMatching(/certificate has expired; renew the engine's certificate/),
  });
});

describe('a certificate for another name', () => {
  const watchNamed = async (tlsServerName?: string) => {
    const port = await listen('https', { certificates: named });
    const options = { dockerHost: `tcp://127.0.0.1:${port}`, dockerCertPath: named };
    return await collectNow(watch(tlsServerName === undefined ? options : { ...options, tlsServerName }));
  };

  it('is refused, with the names that it is for', async () => {
    expect((await watchNamed()).failure).toMatchObject({
      type: 'tls',
      message: expect.stringContaining(
        "; the engine's certificate is for DNS:engine.example, IP Address:10.9.8.7: give one of these as the engine's address",
      ),
    });
  });

  it.each(['engine.example', '10.9.8.7'])('is accepted where %s is given as its name', async (name) => {
    const { failure, rows } = await watchNamed(name);
    expect(failure).toBeUndefined();
    expect(rows).toHaveLength(2);
  });

  it('is refused where it is not for the name that is given either', async () => {
    expect((await watchNamed('other.example')).failure).toMatchObject({
      type: 'tls',
      message: expect.stringContaining('in place of other.example as'),
    });
  });
});

it('an engine that wants to know who asks says so', async () => {
  const port = await listen('https');
  const { failure } = await collectNow(
    watch({ dockerHost: `https://127.0.0.1:${port}`, tlsCa: join(certPath, 'ca.pem') }),
  );
  expect(failure).toMatchObject({
    type: 'permission_denied',
    message: expect.stringMatching(/certificate required.*; the engine wants to know who asks/),
  });
});

it.each([
  ['is none', 'nonsense'],
  ["is another certificate's", pem('key.pem', expired)],
])('a key that %s is named', async (_, key) => {
  const dockerCertPath = await copyOf(certPath);
  await writeFile(join(dockerCertPath, 'key.pem'), key);
  const { failure } = await collectNow(watch({ dockerHost: 'tcp://127.0.0.1:9', dockerCertPath }));
  expect(failure).toMatchObject({
    type: 'setting_invalid',
    message: expect.stringMatching(/cert\.pem and .*key\.pem must be PEM files that belong together/),
  });
});

it.each([
  ['nonsense', 'tls', 'see that'],
  ['\n', 'setting_invalid', 'failed: it is empty'],
])('an authority that is none is named: %j', async (text, type, words) => {
  const port = await listen('https');
  const dockerCertPath = await copyOf(certPath);
  await writeFile(join(dockerCertPath, 'ca.pem'), text);
  const { failure } = await collectNow(watch({ dockerHost: `tcp://127.0.0.1:${port}`, dockerCertPath }));
  expect(failure).toMatchObject({ type, message: expect.stringContaining(words) });
  expect(failure?.message).toContain(join(dockerCertPath, 'ca.pem'));
});

it('B60 without the variables for TLS port 2376 is nothing special', async () => {
  const port = await listen('http');
  const collected = await collectNow(watch({ dockerHost: `tcp://127.0.0.1:${port}` }));
  expect(serverOf(collected)?.values.up).toBe(1);
});

it('plain requests to an engine behind TLS fail with words that help', async () => {
  const port = await listen('https');
  const { failure } = await collectNow(watch({ dockerHost: `tcp://127.0.0.1:${port}` }));
  expect(failure?.message).toMatch(/failed: .*; (see|whatever)/);
});

it('TLS to an engine that speaks plainly fails with words that help', async () => {
  const port = await listen('http');
  const { failure } = await collectNow(watch({ dockerHost: `https://127.0.0.1:${port}` }));
  expect(failure).toMatchObject({
    type: 'protocol',
    message: expect.stringContaining('both sides use TLS or neither does'),
  });
});

it('a path in front of the API is kept', async () => {
  const port = await listen('http', { basePath: '/engine' });
  const collected = await collectNow(watch({ dockerHost: `http://127.0.0.1:${port}/engine` }));
  expect(containersOf(collected)).toHaveLength(1);
});

it('what the environment says about Docker is no business of ours', async () => {
  const port = await listen('http');
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = 'tcp://127.0.0.1:9';
  open.push(() => {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  });
  const collected = await collectNow(watch({ dockerHost: `tcp://127.0.0.1:${port}` }));
  expect(serverOf(collected)?.values.up).toBe(1);
});
