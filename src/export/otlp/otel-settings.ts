import { decoded, type Environment, invalidSetting, keyValuePairs, variable } from '../otel-environment.ts';
import type { Payload } from '../sender.ts';

/** Where and how to push, as the `OTEL_EXPORTER_OTLP_*` variables say. */
export interface OtlpSettings {
  readonly url: URL;
  readonly encoding: Payload['encoding'];
  readonly headers: Readonly<Record<string, string>>;
  /** For one request, from its start to the end of the answer. */
  readonly timeoutMs: number;
  readonly compression: 'none' | 'gzip';
  /** Paths of PEM files. */
  readonly certificate?: string;
  readonly clientKey?: string;
  readonly clientCertificate?: string;
}

/** What the standard variables ask for, beyond the resource. */
export interface OtelSettings {
  /** `OTEL_SDK_DISABLED`. */
  readonly disabled: boolean;
  /** Whether `OTEL_METRICS_EXPORTER` wants a Prometheus endpoint; undefined when it is not set. */
  readonly prometheus: boolean | undefined;
  /** Undefined when no endpoint is named and `OTEL_METRICS_EXPORTER` does not name otlp. */
  readonly otlp: OtlpSettings | undefined;
  /** What was asked for and is not done, as sentences for the log. */
  readonly remarks: readonly string[];
}

const exporterNames: readonly string[] = ['otlp', 'prometheus', 'none'];

/** Takes what was asked for and is not done, as a sentence. */
type Remark = (text: string) => void;

/**
 * Reads the standard variables. As their specification wants it, a number or a word that has no meaning here is remarked on and passed over;
 * throws `setting_invalid` for an endpoint, headers or certificates that cannot be used.
 */
export function readOtelSettings(environment: Environment): OtelSettings {
  const remarks: string[] = [];
  const remark: Remark = (text) => void remarks.push(text);
  const exporters = exportersOf(environment, remark);
  const endpointName = endpointNames.find((name) => variable(environment, name) !== undefined);
  const wanted = exporters?.includes('otlp') ?? endpointName !== undefined;
  if (!wanted && endpointName !== undefined) {
    remarks.push(`${endpointName} is not used, for OTEL_METRICS_EXPORTER does not name otlp`);
  }
  const temporalityName = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
  const temporality = variable(environment, temporalityName)?.toLowerCase() ?? 'cumulative';
  if (temporality !== 'cumulative') {
    remarks.push(
      `${temporalityName}=${temporality} is not followed: counters are pushed as totals since their start, which no lost message can make wrong`,
    );
  }
  for (const name of ['OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_TIMEOUT']) {
    if (wanted && variable(environment, name) !== undefined) {
      remarks.push(
        `${name} is not followed: every snapshot is pushed once it is taken, and waits if it must; see --interval`,
      );
    }
  }
  return {
    disabled: isTrue(environment, 'OTEL_SDK_DISABLED', remark),
    prometheus: exporters?.includes('prometheus'),
    otlp: wanted ? otlpSettings(environment, remark) : undefined,
    remarks,
  };
}

/** Nothing but the word itself is true. */
function isTrue(environment: Environment, name: string, remark: Remark): boolean {
  const value = variable(environment, name)?.toLowerCase() ?? 'false';
  if (value !== 'true' && value !== 'false')
    remark(`${name}=${value} is taken for false: it is true or false`);
  return value === 'true';
}

const endpointNames = ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;

function exportersOf(environment: Environment, remark: Remark): readonly string[] | undefined {
  const name = 'OTEL_METRICS_EXPORTER';
  const named = (variable(environment, name) ?? '')
    .split(',')
    .map((exporter) => exporter.trim().toLowerCase())
    .filter((exporter) => exporter !== '');
  const exporters = named.filter((exporter) => exporterNames.includes(exporter));
  for (const other of named.filter((exporter) => !exporters.includes(exporter))) {
    remark(`${name}=${other} is not followed: it names one or more of ${exporterNames.join(', ')}`);
  }
  return exporters.length === 0 ? undefined : exporters;
}

function otlpSettings(environment: Environment, remark: Remark): OtlpSettings {
  const [certificate] = given(environment, 'CERTIFICATE');
  return {
    url: endpoint(environment, remark),
    encoding: choose(environment, 'PROTOCOL', protocol, remark),
    headers: headersOf(environment),
    timeoutMs: choose(environment, 'TIMEOUT', timeout, remark),
    compression: choose(environment, 'COMPRESSION', compression, remark),
    ...(certificate === undefined ? {} : { certificate: certificate.value }),
    ...clientPair(environment),
  };
}

function clientPair(environment: Environment): Pick<OtlpSettings, 'clientKey' | 'clientCertificate'> {
  const [key] = given(environment, 'CLIENT_KEY');
  const [certificate] = given(environment, 'CLIENT_CERTIFICATE');
  if (key !== undefined && certificate !== undefined) {
    return { clientKey: key.value, clientCertificate: certificate.value };
  }
  const only = key ?? certificate;
  if (only === undefined) return {};
  throw invalidSetting(
    only.name,
    only.value,
    'a client has a certificate and its key: give the other one too',
  );
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** The variable for metrics before the one for all signals, those that are set. */
function given(environment: Environment, suffix: string): readonly Setting[] {
  const names = [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
  return names.flatMap((name) => {
    const value = variable(environment, name);
    return value === undefined ? [] : [{ name, value }];
  });
}

/** The endpoint for metrics is used as it is; the one for all signals gets the path of metrics. */
function endpoint(environment: Environment, remark: Remark): URL {
  const [forMetrics, forAll] = endpointNames;
  const own = variable(environment, forMetrics);
  if (own !== undefined) {
    const url = parseUrl(forMetrics, own);
    if (url.pathname === '/') {
      remark(
        `${forMetrics} has no path and is used as it is: most receivers take metrics at ${url.origin}/v1/metrics`,
      );
    }
    return url;
  }
  const url = parseUrl(forAll, variable(environment, forAll) ?? 'http://localhost:4318');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/metrics`;
  return url;
}

function parseUrl(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw invalidSetting(name, value, 'write a whole URL, such as http://collector:4318');
  }
  if (decoded(url.username + url.password) !== undefined) return url;
  throw invalidSetting(name, value, 'a percent sign in the name or the password is written as %25');
}

function headersOf(environment: Environment): Readonly<Record<string, string>> {
  const names = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_METRICS_HEADERS'];
  const headers = new Map<string, string>();
  for (const name of names) {
    for (const [key, value] of keyValuePairs(name, variable(environment, name) ?? '')) {
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(key) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
        throw invalidSetting(name, `${key}=…`, 'it is no HTTP header');
      }
      headers.set(key.toLowerCase(), value);
    }
  }
  return Object.fromEntries(headers);
}

interface Kind<T> {
  /** Undefined for what has no meaning here. */
  readonly parse: (value: string) => T | undefined;
  readonly byDefault: T;
  /** What to give instead. */
  readonly mend: string;
}

/** The variable for metrics, or else the one for all signals; one that has no meaning is as if it were not set. */
function choose<T>(environment: Environment, suffix: string, kind: Kind<T>, remark: Remark): T {
  for (const { name, value } of given(environment, suffix)) {
    const parsed = kind.parse(value);
    if (parsed !== undefined) return parsed;
    remark(`${name}=${value} is not followed: ${kind.mend}`);
  }
  return kind.byDefault;
}

const protocols: Readonly<Record<string, Payload['encoding']>> = {
  'http/protobuf': 'protobuf',
  'http/json': 'json',
};

const protocol: Kind<Payload['encoding']> = {
  parse: (value) => protocols[value.toLowerCase()],
  byDefault: 'protobuf',
  mend: 'snapshots are pushed by http/protobuf or http/json, so set the endpoint to the HTTP port of the receiver, usually 4318',
};

/** What Node's timers can hold, in whole milliseconds: beyond it they go off at once. */
const longestTimeoutMs = 2 ** 31 - 1;

const timeout: Kind<number> = {
  parse: (value) => {
    const timeoutMs = Number(value);
    if (!Number.isFinite(timeoutMs) || timeoutMs < 0) return undefined;
    // As the specification has it, 0 is no limit.
    return timeoutMs === 0 ? longestTimeoutMs : Math.min(Math.ceil(timeoutMs), longestTimeoutMs);
  },
  byDefault: 10_000,
  mend: 'it is a number of milliseconds, and 0 is no limit',
};

const compression: Kind<OtlpSettings['compression']> = {
  parse: (value) => (['none', 'gzip'] as const).find((name) => name === value.toLowerCase()),
  byDefault: 'none',
  mend: 'it is gzip or none',
};
