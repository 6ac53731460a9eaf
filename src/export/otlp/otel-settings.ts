import { type Environment, invalidSetting, keyValuePairs, variable } from '../otel-environment.ts';
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

/** Reads the standard variables; throws `setting_invalid` for a value that has no meaning here. */
export function readOtelSettings(environment: Environment): OtelSettings {
  const exporters = exportersOf(environment);
  const endpointName = endpointNames.find((name) => variable(environment, name) !== undefined);
  const wanted = exporters?.includes('otlp') ?? endpointName !== undefined;
  const remarks: string[] = [];
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
    disabled: variable(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    prometheus: exporters?.includes('prometheus'),
    otlp: wanted ? otlpSettings(environment) : undefined,
    remarks,
  };
}

const endpointNames = ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;

function exportersOf(environment: Environment): readonly string[] | undefined {
  const name = 'OTEL_METRICS_EXPORTER';
  const value = variable(environment, name);
  if (value === undefined) return undefined;
  const exporters = value
    .split(',')
    .map((exporter) => exporter.trim().toLowerCase())
    .filter((exporter) => exporter !== '');
  if (exporters.every((exporter) => exporterNames.includes(exporter))) return exporters;
  throw invalidSetting(name, value, `it names one or more of ${exporterNames.join(', ')}`);
}

function otlpSettings(environment: Environment): OtlpSettings {
  const file = (name: 'certificate' | 'clientKey' | 'clientCertificate', suffix: string) => {
    const path = specific(environment, suffix)?.value;
    return path === undefined ? {} : { [name]: path };
  };
  return {
    url: endpoint(environment),
    encoding: encodingOf(environment),
    headers: headersOf(environment),
    timeoutMs: timeoutOf(environment),
    compression: compressionOf(environment),
    ...file('certificate', 'CERTIFICATE'),
    ...file('clientKey', 'CLIENT_KEY'),
    ...file('clientCertificate', 'CLIENT_CERTIFICATE'),
  };
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** The variable for metrics, or else the one for all signals. */
function specific(environment: Environment, suffix: string): Setting | undefined {
  const names = [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
  const settings = names.map((name) => ({ name, value: variable(environment, name) }));
  for (const { name, value } of settings) if (value !== undefined) return { name, value };
  return undefined;
}

/** The endpoint for metrics is used as it is; the one for all signals gets the path of metrics. */
function endpoint(environment: Environment): URL {
  const [forMetrics, forAll] = endpointNames;
  const own = variable(environment, forMetrics);
  if (own !== undefined) return parseUrl(forMetrics, own);
  const url = parseUrl(forAll, variable(environment, forAll) ?? 'http://localhost:4318');
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/metrics`;
  return url;
}

function parseUrl(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw invalidSetting(name, value, 'write a whole URL, such as http://collector:4318');
}

function encodingOf(environment: Environment): Payload['encoding'] {
  const setting = specific(environment, 'PROTOCOL');
  const protocol = setting?.value.toLowerCase();
  if (setting === undefined || protocol === 'http/protobuf') return 'protobuf';
  if (protocol === 'http/json') return 'json';
  throw invalidSetting(
    setting.name,
    setting.value,
    'set it to http/protobuf or http/json, and the endpoint to the HTTP port of the receiver, usually 4318',
  );
}

function headersOf(environment: Environment): Readonly<Record<string, string>> {
  const names = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_METRICS_HEADERS'];
  const headers = new Map<string, string>();
  for (const name of names) {
    for (const [key, value] of Object.entries(keyValuePairs(name, variable(environment, name) ?? ''))) {
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(key) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
        throw invalidSetting(name, `${key}=…`, 'it is no HTTP header');
      }
      headers.set(key.toLowerCase(), value);
    }
  }
  return Object.fromEntries(headers);
}

/** What Node's timers can hold, in whole milliseconds: beyond it they go off at once. */
const longestTimeoutMs = 2 ** 31 - 1;

function timeoutOf(environment: Environment): number {
  const setting = specific(environment, 'TIMEOUT');
  if (setting === undefined) return 10_000;
  const timeoutMs = Number(setting.value);
  if (Number.isFinite(timeoutMs) && timeoutMs > 0) return Math.min(Math.ceil(timeoutMs), longestTimeoutMs);
  throw invalidSetting(setting.name, setting.value, 'it is a number of milliseconds, more than 0');
}

function compressionOf(environment: Environment): OtlpSettings['compression'] {
  const setting = specific(environment, 'COMPRESSION');
  if (setting === undefined) return 'none';
  const compression = setting.value.toLowerCase();
  if (compression === 'none' || compression === 'gzip') return compression;
  throw invalidSetting(setting.name, setting.value, 'it is gzip or none');
}
