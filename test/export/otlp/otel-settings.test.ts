import { describe, expect, it } from 'vitest';
import { readOtelSettings } from '../../../src/export/otlp/otel-settings.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const otlpOf = (environment: Readonly<Record<string, string>>) => readOtelSettings(environment).otlp;
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'setting_invalid', message: expect.stringMatching(message) });

function failure(environment: Readonly<Record<string, string>>): unknown {
  try {
    return readOtelSettings(environment);
  } catch (thrown) {
    return thrown;
  }
}

describe('the OTEL_* variables', () => {
  it('ask for nothing when they are not set, or empty', () => {
    const nothing = { disabled: false, prometheus: undefined, otlp: undefined, remarks: [] };
    expect(readOtelSettings({})).toEqual(nothing);
    expect(readOtelSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ', OTEL_METRICS_EXPORTER: '' })).toEqual(
      nothing,
    );
  });

  it('have the defaults of the specification', () => {
    expect(otlpOf(endpoint)).toEqual({
      url: new URL('http://collector:4318/v1/metrics'),
      encoding: 'protobuf',
      headers: {},
      timeoutMs: 10_000,
      compression: 'none',
    });
    expect(otlpOf({ OTEL_METRICS_EXPORTER: 'otlp' })?.url.href).toBe('http://localhost:4318/v1/metrics');
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }, 'http://c:4318/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318//' }, 'http://c:4318/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp' }, 'https://c/otlp/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://[::1]:4318/a?k=1' }, 'http://[::1]:4318/a/v1/metrics?k=1'],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c:4318' }, 'http://c:4318/'],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c:4318/in?x=1', ...endpoint }, 'http://c:4318/in?x=1'],
  ])('take the endpoint for metrics as it is and give the general one its path: %o', (environment, url) => {
    expect(otlpOf(environment)?.url.href).toBe(url);
  });

  it('prefer what is set for metrics', () => {
    const both = (suffix: string, general: string, metrics: string) => ({
      [`OTEL_EXPORTER_OTLP_${suffix}`]: general,
      [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`]: metrics,
    });
    expect(
      otlpOf({
        ...endpoint,
        ...both('PROTOCOL', 'grpc', 'http/json'),
        ...both('TIMEOUT', '1', '2500'),
        ...both('COMPRESSION', 'none', 'gzip'),
        ...both('HEADERS', 'a=1,b=2', 'B=3'),
        ...both('CERTIFICATE', 'x', 'ca.pem'),
        ...both('CLIENT_KEY', 'x', 'key.pem'),
        ...both('CLIENT_CERTIFICATE', 'x', 'cert.pem'),
      }),
    ).toEqual({
      url: new URL('http://collector:4318/v1/metrics'),
      encoding: 'json',
      headers: { a: '1', b: '3' },
      timeoutMs: 2500,
      compression: 'gzip',
      certificate: 'ca.pem',
      clientKey: 'key.pem',
      clientCertificate: 'cert.pem',
    });
  });

  it.each([
    ['none', undefined, false],
    ['prometheus', undefined, true],
    ['otlp,prometheus', 'http://collector:4318/v1/metrics', true],
    ['OTLP', 'http://collector:4318/v1/metrics', false],
    ['otlp,', 'http://collector:4318/v1/metrics', false],
  ])('choose exporters by OTEL_METRICS_EXPORTER=%s', (exporters, url, prometheus) => {
    const settings = readOtelSettings({ OTEL_METRICS_EXPORTER: exporters, ...endpoint });
    expect(settings.otlp?.url.href).toBe(url);
    expect(settings.prometheus).toBe(prometheus);
    expect(settings.remarks.length).toBe(url === undefined ? 1 : 0);
  });

  it('are told where the endpoint for metrics has no path, at which few receivers take any', () => {
    const { remarks } = readOtelSettings({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c:4318' });
    expect(remarks).toEqual([
      expect.stringMatching(/no path .* take metrics at http:\/\/c:4318\/v1\/metrics$/),
    ]);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, { encoding: 'protobuf' }, /PROTOCOL=grpc .* usually 4318$/],
    [{ OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'thrift' }, { encoding: 'protobuf' }, /PROTOCOL=thrift /],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '10s' }, { timeoutMs: 10_000 }, /TIMEOUT=10s .* milliseconds/],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '-1' }, { timeoutMs: 10_000 }, /TIMEOUT=-1 /],
    [
      { OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: 'soon', OTEL_EXPORTER_OTLP_TIMEOUT: '7' },
      { timeoutMs: 7 },
      /METRICS_TIMEOUT=soon /,
    ],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, { compression: 'none' }, /COMPRESSION=zstd .* gzip or none/],
    [{ OTEL_METRICS_EXPORTER: 'console' }, { encoding: 'protobuf' }, /=console .* otlp, prometheus, none$/],
    [{ OTEL_SDK_DISABLED: '1' }, { encoding: 'protobuf' }, /^OTEL_SDK_DISABLED=1 is taken for false/],
  ])(
    'are passed over with a remark where a number or a word has no meaning: %o',
    (given, expected, remark) => {
      const { otlp, remarks } = readOtelSettings({ ...endpoint, ...given });
      expect(otlp).toMatchObject(expected);
      expect(remarks).toEqual([expect.stringMatching(remark)]);
    },
  );

  it('give a request all the time there is where its limit is 0', () => {
    expect(otlpOf({ ...endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '0' })).toMatchObject({
      timeoutMs: 2 ** 31 - 1,
    });
  });

  it('read headers as they are in baggage', () => {
    // The name of a header is no text that is decoded.
    const headers = '"Authorization=Basic%20dTpw%3D%3D, x-empty=,a=1=2 ,a=3,b%2C=x+y%2Cz"';
    expect(otlpOf({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers })?.headers).toEqual({
      authorization: 'Basic dTpw==',
      'x-empty': '',
      a: '3',
      'b%2c': 'x+y,z',
    });
  });

  it('take words in any case, and a timeout that no timer can hold for the longest one', () => {
    expect(
      otlpOf({
        ...endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/JSON',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'GZIP',
        OTEL_EXPORTER_OTLP_TIMEOUT: '3000000000',
      }),
    ).toMatchObject({ encoding: 'json', compression: 'gzip', timeoutMs: 2 ** 31 - 1 });
  });

  it('take a part of a millisecond for a whole one, for timers have no parts', () => {
    expect(otlpOf({ ...endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '2500.2' })).toMatchObject({ timeoutMs: 2501 });
  });

  it('can switch everything off', () => {
    expect(readOtelSettings({ OTEL_SDK_DISABLED: 'TRUE' }).disabled).toBe(true);
    expect(readOtelSettings({ OTEL_SDK_DISABLED: '1' }).disabled).toBe(false);
  });

  it('cannot have deltas, and say so', () => {
    const name = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
    expect(readOtelSettings({ [name]: 'Delta' }).remarks).toEqual([
      expect.stringMatching(/TEMPORALITY_PREFERENCE=delta is not followed: counters are pushed as totals/),
    ]);
    expect(readOtelSettings({ [name]: 'cumulative' }).remarks).toEqual([]);
  });

  it('have no say in when snapshots are pushed, which is said', () => {
    const interval = { OTEL_METRIC_EXPORT_INTERVAL: '5000' };
    expect(readOtelSettings({ ...endpoint, ...interval }).remarks).toEqual([
      expect.stringMatching(/^OTEL_METRIC_EXPORT_INTERVAL is not followed: .* see --interval$/),
    ]);
    expect(readOtelSettings(interval).remarks).toEqual([]);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /a whole URL/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://user:password@collector' }, /=ftp:\/\/\*\*\*@collector cannot/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'authorization' }, /^OTEL_EXPORTER_OTLP_HEADERS=… .*key=value/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=%zz' }, /percent-encoded/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a b=1' }, /no HTTP header/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=1%0a2' }, /no HTTP header/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:100%@collector' }, /=http:\/\/\*\*\*@collector .*as %25$/],
    [
      { OTEL_EXPORTER_OTLP_CLIENT_KEY: 'key.pem' },
      /^OTEL_EXPORTER_OTLP_CLIENT_KEY=key.pem .*the other one too/,
    ],
    [{ OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: 'c.pem' }, /CLIENT_CERTIFICATE=c.pem .*the other one too/],
  ])('are refused with the variable and the mend: %o', (environment, message) => {
    expect(failure({ ...endpoint, ...environment })).toEqual(invalid(message));
  });
});
