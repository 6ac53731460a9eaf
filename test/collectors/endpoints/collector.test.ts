import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findPolicyBreaches } from '../../../src/catalog/policy.ts';
import { createEndpointsCollector } from '../../../src/collectors/endpoints/index.ts';
import { endpoint } from '../../../src/collectors/endpoints/metrics.ts';
import { failureOf, lateOutcomes } from '../../../src/collectors/endpoints/outcome.ts';
import { outcomes } from '../../../src/collectors/endpoints/sample.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { fleetRow } from '../../../src/snapshot/fleet-row.ts';
import { caFile, certificates, collectNow, createServers, ok, watch } from './support.ts';

const { closeServers, httpServer, httpsServer } = createServers();

afterEach(closeServers);

describe('the pace', () => {
  const seconds = (count: number): number => count * 1e6;

  it('is that of each endpoint; between two probes the last one is shown, with its own time', async () => {
    const paths: (string | undefined)[] = [];
    const port = await httpServer(({ url }, response) => {
      paths.push(url);
      response.end();
    });
    const collector = watch([
      { name: 'often', url: `http://127.0.0.1:${port}/often`, interval: 10 },
      { name: 'rare', url: `http://127.0.0.1:${port}/rare` },
    ]);
    const start = seconds(1_800_000_000);
    const times: (readonly number[])[] = [];
    for (const after of [0, 9.99, 20, 59.99]) {
      const { rows } = await collectNow(collector, { time: start + seconds(after) });
      times.push(rows.map(({ time }) => (time - start) / 1e6));
    }
    expect(times).toEqual([
      [0, 0],
      [9.99, 0],
      [20, 0],
      [59.99, 59.99],
    ]);
    expect(paths.filter((path) => path === '/rare')).toHaveLength(2);
    expect(paths).toHaveLength(6);
  });

  it('does not stop where the clock is set back', async () => {
    const port = await httpServer(ok);
    const collector = watch([{ url: `http://127.0.0.1:${port}/` }]);
    await collectNow(collector, { time: seconds(1_800_000_000) });
    const { rows } = await collectNow(collector, { time: seconds(1_700_000_000) });
    expect(rows[0]?.time).toBe(seconds(1_700_000_000));
  });
});

describe('options', () => {
  const create = (endpoints: Parameters<typeof watch>[0]) => () =>
    createEndpointsCollector({ endpoints }, { clock: systemClock, logger: silentLogger });

  it.each([
    ['no address', { url: 'nonsense' }],
    ['another protocol', { url: 'ftp://example.test/' }],
    ['no status', { url: 'https://example.test/', expect: [] }],
    ['a status that is none', { url: 'https://example.test/', expect: [20] }],
    ['credentials that cannot be read', { url: 'https://user:%zz@example.test/' }],
  ])('with %s cannot be used', (_, options) => {
    expect(create([options])).toThrow(
      /the options of the endpoints collector cannot be used: endpoints\.0\./,
    );
  });

  it('do not give two endpoints one name, nor tell what is secret', () => {
    const url = 'https://user:secret@example.test/path?key=secret';
    expect(create([{ url }, { url }])).toThrow(
      /endpoints\.1\.name: example\.test\/path is the name of another/,
    );
    expect(create([{ url }, { url }])).not.toThrow(/secret/);
  });

  it('may be empty', async () => {
    expect(await collectNow(watch([]))).toEqual({ rows: [], problems: [] });
  });
});

describe('a caFile that cannot be used', () => {
  it.each([
    ['is not there', join(certificates, 'nothing.pem')],
    ['is none', import.meta.filename],
    ['is a folder', certificates],
    ['is a device', '/dev/zero'],
  ])('where it %s, is named, and nothing is said of the endpoint', async (_, file) => {
    const port = await httpsServer('valid');
    const url = `https://127.0.0.1:${port}/`;
    const { rows, problems, failure } = await collectNow(
      watch([
        { name: 'this', url, caFile: file },
        { name: 'other', url, caFile },
      ]),
    );
    expect(rows.map(({ identity }) => identity['ciris.endpoint.name'])).toEqual(['this', 'other']);
    expect(rows[0]).toMatchObject({ info: { 'url.full': url, 'error.type': 'setting_invalid' } });
    expect([rows[0]?.values, rows[0]?.states]).toEqual([{}, {}]);
    expect(fleetRow(rows, 'here', 0).values).toMatchObject({
      endpointsUp: 1,
      endpointsDown: 0,
      includedCertificateRemaining: 1,
      missingCertificateRemaining: 1,
    });
    expect(problems).toEqual([
      { kind: 'other', message: expect.stringContaining(`endpoint this was not probed: its caFile ${file}`) },
    ]);
    expect(failure).toBeUndefined();
  });
});

it('what has changed is logged once, with what to do', async () => {
  let status = 500;
  const port = await httpServer((_, response) => {
    if (status === 0) response.destroy();
    else response.writeHead(status).end();
  });
  const lines: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string) => lines.push(`warn ${message}`),
    info: (message: string) => lines.push(`info ${message}`),
  };
  const collector = watch([{ name: 'x', url: `http://127.0.0.1:${port}/`, interval: 1 }], { logger });
  for (const [time, next] of [
    [1e12, 500],
    [1.1e12, 0],
    // One that fails now so, now so, does not fill the log.
    [1.2e12, 500],
    [1.3e12, 0],
    [2e12, 200],
    [3e12, 200],
  ] as const) {
    await collectNow(collector, { time });
    status = next;
  }
  await collectNow(collector, { time: 4e12 });
  expect(lines).toEqual([
    expect.stringMatching(/^warn endpoint x answers with a status that is not expected; see its log/),
    'warn endpoint x hangs up before it has answered; see its log',
    'info endpoint x answers as expected',
  ]);
});

describe('outcomes', () => {
  it.each([
    ['dns', 'EAI_AGAIN', 'name_unresolved'],
    ['connect', 'ETIMEDOUT', 'connection_timeout'],
    ['connect', 'EHOSTUNREACH', 'connection_failed'],
    ['connect', 'ECONNRESET', 'connection_failed'],
    ['tls', 'ECONNRESET', 'tls_failed'],
    ['first_byte', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls_failed'],
    ['first_byte', 'HPE_INVALID_CONSTANT', 'protocol_violated'],
    ['body', 'ECONNRESET', 'connection_lost'],
    ['body', 'ENOBODYKNOWS', 'unknown'],
  ] as const)('of %s with %s: %s', (phase, code, outcome) => {
    const error = Object.assign(new Error('it failed'), { code });
    expect(failureOf(error, phase)).toEqual({ outcome, errorType: code });
  });

  it('of a time that is up are each a state', () => {
    expect(outcomes).toEqual(expect.arrayContaining(Object.values(lateOutcomes)));
  });
});

it('the metrics of endpoints keep the rules of the catalog', () => {
  expect(findPolicyBreaches({ entities: [endpoint] })).toEqual([]);
});
