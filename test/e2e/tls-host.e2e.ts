import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Collected, Collector } from '../../src/collectors/collector.ts';
import { createDockerCollector } from '../../src/collectors/docker/index.ts';
import type { Row } from '../../src/metric/row.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { SnapshotService } from '../../src/snapshot/service.ts';
import { type Authority, type Certificates, makeAuthority } from './support/authority.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/port.ts';

const releasers = new Releasers();
afterAll(() => releasers.close());

const forLoopback = { file: 'engine', names: 'IP:127.0.0.1' };

interface TlsEngine {
  readonly engine: Engine;
  readonly host: string;
  /** Takes another certificate, of the one authority that it also knows its clients by. */
  present(request: { readonly names: string; readonly expired?: boolean }): Promise<void>;
}

async function startTlsEngine(
  kind: 'docker-20.10' | 'docker-newest',
  authority: Authority,
): Promise<TlsEngine> {
  const { ca, cert, key } = await authority.issue(forLoopback);
  const host = `tcp://127.0.0.1:${await freePort()}`;
  const files = [`--tlscacert=${ca}`, `--tlscert=${cert}`, `--tlskey=${key}`];
  const engine = await startEngine(kind, [`--host=${host}`, '--tlsverify', ...files]);
  const present: TlsEngine['present'] = async (request) => {
    await authority.issue({ ...forLoopback, ...request });
    await engine.restart();
  };
  return { engine, host, present };
}

type Options = Parameters<typeof createDockerCollector>[0];

/** As long as a busy machine takes. */
const patienceMs = 120_000;

function watch(options: Options): Collector {
  const patient = { requestTimeout: patienceMs / 1000, ...options };
  const collector = createDockerCollector(patient, { clock: systemClock, logger: silentLogger });
  releasers.add('collector', () => collector.close());
  return collector;
}

function collectNow(collector: Collector): Promise<Collected> {
  const time = Date.now() * 1000;
  return collector.collect({ time, budgetMs: patienceMs, signal: new AbortController().signal });
}

const withOwn = ({ cert, key }: Certificates): Options => ({ tlsCert: cert, tlsKey: key });
const rowsOf = (rows: readonly Row[], entity: string): readonly Row[] =>
  rows.filter((row) => row.entity === entity);
const namesIn = (rows: readonly Row[]) => rowsOf(rows, 'container').map(({ info }) => info['container.name']);

/** Engines of before 2023 only say that a certificate is bad. */
function expectRefused(failure: Collected['failure'], own: Certificates, words: RegExp): void {
  expect(failure).toMatchObject({ type: 'permission_denied', message: expect.stringMatching(words) });
  expect(failure?.message).toContain(`our certificate ${own.cert}`);
}

let folder: string;
let authority: Authority;
let stranger: Authority;
let client: Certificates;

beforeAll(async () => {
  folder = await makeFolder('tls');
  releasers.add('folder', () => removeFolder(folder));
  authority = await makeAuthority(folder, 'authority');
  stranger = await makeAuthority(folder, 'stranger');
  client = await authority.issue({ file: 'client', names: 'DNS:client.example' });
});

describe.each(['docker-newest', 'docker-20.10'] as const)('a host with %s behind TLS', (kind) => {
  let host: TlsEngine;
  let trusting: Options;

  beforeAll(async () => {
    host = await startTlsEngine(kind, authority);
    await host.engine.run({ name: 'resting', command: ['sleep', '100000'] });
    trusting = { serverId: 'scout1', dockerHost: host.host, tlsCa: client.ca };
  });
  afterAll(() => host.engine.stop());

  it('is read with certificates that both sides know', async () => {
    const { failure, problems, rows } = await collectNow(watch({ ...trusting, ...withOwn(client) }));
    expect({ failure, problems }).toEqual({ failure: undefined, problems: [] });
    expect(namesIn(rows)).toEqual(['resting']);
    expect(rows.every(({ identity }) => identity['ciris.server.id'] === 'scout1')).toBe(true);
    expect(rowsOf(rows, 'container')[0]?.values.memoryUsage).toBeGreaterThan(0);
  });

  it('does not let us in without a certificate of our own', async () => {
    const { failure, rows } = await collectNow(watch(trusting));
    expect(rows).toMatchObject([{ entity: 'server', values: { up: 0 } }]);
    expect(failure).toMatchObject({
      type: 'permission_denied',
      message: expect.stringMatching(/; the engine wants to know who asks: give a certificate/),
    });
  });

  it('does not let us in with a certificate of an authority that it does not know', async () => {
    const own = await stranger.issue({ file: 'client', names: 'DNS:client.example' });
    const { failure } = await collectNow(watch({ ...trusting, ...withOwn(own) }));
    expectRefused(failure, own, /the engine does not (know|accept)/);
  });

  it('does not let us in with a certificate that has expired, until that is renewed', async () => {
    const names = 'DNS:client.example';
    const own = await authority.issue({ file: `old-${kind}`, names, expired: true });
    const collector = watch({ ...trusting, ...withOwn(own) });
    const { failure } = await collectNow(collector);
    expectRefused(failure, own, /has expired: renew it|see that it .* has not expired/);
    await authority.issue({ file: `old-${kind}`, names });
    expect((await collectNow(collector)).failure).toBeUndefined();
  });

  it('is not trusted where another authority signed its certificate', async () => {
    const { ca } = await stranger.issue({ file: 'unused', names: 'DNS:unused.example' });
    const { failure } = await collectNow(watch({ ...trusting, ...withOwn(client), tlsCa: ca }));
    expect(failure).toMatchObject({
      type: 'tls',
      message: expect.stringContaining(`; see that ${ca} holds`),
    });
  });

  it('is refused under a name that its certificate is not for, and read under one that it is for', async () => {
    await host.present({ names: 'DNS:scout1.example,IP:10.9.8.7' });
    const { failure } = await collectNow(watch({ ...trusting, ...withOwn(client) }));
    expect(failure).toMatchObject({
      type: 'tls',
      message: expect.stringContaining('is for DNS:scout1.example, IP Address:10.9.8.7: give one of these'),
    });
    for (const tlsServerName of ['scout1.example', '10.9.8.7']) {
      const named = await collectNow(watch({ ...trusting, ...withOwn(client), tlsServerName }));
      expect(named.failure).toBeUndefined();
    }
  });

  it('is refused while its certificate has expired, and read again once that is renewed', async () => {
    const collector = watch({ ...trusting, ...withOwn(client) });
    await host.present({ names: 'IP:127.0.0.1', expired: true });
    const { failure } = await collectNow(collector);
    expect(failure).toMatchObject({
      type: 'tls',
      message: expect.stringMatching(/certificate has expired; renew the engine's certificate/),
    });
    await host.present({ names: 'IP:127.0.0.1' });
    const { rows } = await collectNow(collector);
    expect(namesIn(rows)).toEqual(['resting']);
  });
});

describe('several hosts', () => {
  it('one that cannot be reached costs only its own rows, and is back once it can', async () => {
    await using main = await startEngine('docker-newest');
    await main.run({ name: 'here', command: ['sleep', '100000'] });
    const { engine: remote, host } = await startTlsEngine('docker-20.10', authority);
    await using _ = remote;
    await remote.run({ name: 'there', command: ['sleep', '100000'] });
    const tls = { tlsCa: client.ca, ...withOwn(client) };
    const nowhere = `tcp://127.0.0.1:${await freePort()}`;
    const service = new SnapshotService({
      collectors: [
        watch({ name: 'docker/main', serverId: 'main', dockerHost: main.host }),
        watch({ name: 'docker/scout1', serverId: 'scout1', dockerHost: host, ...tls }),
        watch({ name: 'docker/scout2', serverId: 'scout2', dockerHost: nowhere, ...tls }),
      ],
      intervalMs: 2 * patienceMs,
      budgetMs: patienceMs,
      instance: 'test',
      version: '0.0.0',
      vitals: () => ({
        droppedSeries: 0,
        delivery: undefined,
        cpuUserSeconds: undefined,
        cpuSystemSeconds: undefined,
        residentBytes: undefined,
      }),
      clock: systemClock,
      logger: silentLogger,
    });
    const look = async () => {
      const { rows, outcomes } = await service.collectNow();
      const upOf = (row: Row) => [row.identity['ciris.server.id'], row.values.up];
      return {
        up: Object.fromEntries(rowsOf(rows, 'server').map(upOf)),
        containers: namesIn(rows),
        errors: outcomes.map(({ errorType }) => errorType),
      };
    };
    expect(await look()).toEqual({
      up: { main: 1, scout1: 1, scout2: 0 },
      containers: ['here', 'there'],
      errors: [undefined, undefined, 'connection_refused'],
    });
    await remote.halt();
    expect(await look()).toEqual({
      up: { main: 1, scout1: 0, scout2: 0 },
      containers: ['here'],
      errors: [undefined, 'connection_refused', 'connection_refused'],
    });
    await remote.restart();
    expect(await look()).toMatchObject({ up: { main: 1, scout1: 1, scout2: 0 } });
  });
});
