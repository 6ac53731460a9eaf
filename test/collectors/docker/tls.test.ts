import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Collector } from '../../../src/collectors/collector.ts';
import { collectNow, containersOf, fleet, serverOf, startCollector } from './support.ts';

const certPath = join(import.meta.dirname, 'tls');
const expired = join(certPath, 'expired');
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
    const reaction = await answers({ path, apiVersion, query: url.searchParams });
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
  expect(failure).toMatchObject({ type: 'protocol', message: expect.stringContaining('DOCKER_CERT_PATH') });
  const unverified = watch({ dockerHost, dockerTlsVerify: false, dockerCertPath: certPath });
  expect(serverOf(await collectNow(unverified))?.values.up).toBe(1);
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

it('a certificate that has expired is to be renewed', async () => {
  const port = await listen('https', { certificates: expired });
  const { failure } = await collectNow(
    watch({ dockerHost: `https://127.0.0.1:${port}`, dockerCertPath: expired }),
  );
  expect(failure).toMatchObject({
    type: 'protocol',
    message: expect.stringMatching(/certificate has expired; renew the engine's certificate/),
  });
});

it('a certificate for another name is to be asked for by its name', async () => {
  const port = await listen('https');
  const { failure } = await collectNow(
    watch({ dockerHost: `https://localhost:${port}`, dockerCertPath: certPath }),
  );
  expect(failure).toMatchObject({
    type: 'protocol',
    message: expect.stringMatching(/; give DOCKER_HOST a name or an address/),
  });
});

it('an engine that wants to know who asks says so', async () => {
  const port = await listen('https');
  const { failure } = await collectNow(
    watch({ dockerHost: `https://127.0.0.1:${port}`, dockerTlsVerify: false }),
  );
  expect(failure).toMatchObject({
    type: 'permission_denied',
    message: expect.stringMatching(/certificate required.*; the engine wants a valid certificate/),
  });
});

it.each([
  ['is none', 'nonsense'],
  ["is another certificate's", pem('key.pem', expired)],
])('a key that %s is named', async (_, key) => {
  const dockerCertPath = await mkdtemp(join(tmpdir(), 'certs-'));
  open.push(() => rm(dockerCertPath, { recursive: true }));
  for (const name of ['ca.pem', 'cert.pem']) await copyFile(join(certPath, name), join(dockerCertPath, name));
  await writeFile(join(dockerCertPath, 'key.pem'), key);
  const { failure } = await collectNow(watch({ dockerHost: 'tcp://127.0.0.1:9', dockerCertPath }));
  expect(failure).toMatchObject({
    type: 'setting_invalid',
    message: expect.stringContaining('cert.pem and key.pem in DOCKER_CERT_PATH'),
  });
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
