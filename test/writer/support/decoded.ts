import { atOnce } from '../../../src/runtime/steps.ts';
import { type DecodeOutcome, decodeLogs, decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import type {
  LogRecord,
  LogsRequest,
  MetricData,
  MetricsRequest,
  NumberPoint,
  OtlpMetric,
} from '../../../src/writer/otlp/model.ts';

export const plenty = 1_000_000;

export const decodeProtobuf = (bytes: Uint8Array, maxItems = plenty): DecodeOutcome<MetricsRequest> =>
  atOnce(decodeMetrics({ encoding: 'protobuf', bytes }, maxItems));

export const decodeProtobufLogs = (bytes: Uint8Array, maxItems = plenty): DecodeOutcome<LogsRequest> =>
  atOnce(decodeLogs({ encoding: 'protobuf', bytes }, maxItems));

/** Encodes as JSON what is not yet text. */
export const decodeJson = (body: unknown, maxItems = plenty): DecodeOutcome<MetricsRequest> =>
  atOnce(decodeMetrics({ encoding: 'json', bytes: jsonBytes(body) }, maxItems));

/** Encodes as JSON what is not yet text. */
export const decodeJsonLogs = (body: unknown, maxItems = plenty): DecodeOutcome<LogsRequest> =>
  atOnce(decodeLogs({ encoding: 'json', bytes: jsonBytes(body) }, maxItems));

const jsonBytes = (body: unknown): Uint8Array =>
  Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

export function requestIn<Request>(outcome: DecodeOutcome<Request>): Request {
  if (outcome.kind !== 'decoded') throw new Error(`not decoded: ${outcome.message}`);
  return outcome.request;
}

export function metricsIn(outcome: DecodeOutcome<MetricsRequest>): readonly OtlpMetric[] {
  return requestIn(outcome).resources.flatMap(({ scopes }) => scopes.flatMap(({ metrics }) => metrics));
}

export function pointsIn(outcome: DecodeOutcome<MetricsRequest>): readonly NumberPoint[] {
  return metricsIn(outcome).flatMap(({ data }) =>
    data?.kind === 'gauge' || data?.kind === 'sum' ? data.points : [],
  );
}

export function recordsIn(outcome: DecodeOutcome<LogsRequest>): readonly LogRecord[] {
  return requestIn(outcome).resources.flatMap(({ scopes }) => scopes.flatMap(({ records }) => records));
}

/** The data of a request's one metric. */
export const dataIn = (outcome: DecodeOutcome<MetricsRequest>): MetricData | undefined =>
  metricsIn(outcome)[0]?.data;

/** A JSON request with one metric that has these fields. */
export const jsonMetricOf = (metric: unknown): unknown => ({
  resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }],
});

/** A JSON request with one log record. */
export const jsonLogOf = (record: unknown): unknown => ({
  resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }],
});

/** A JSON request with one gauge of these points. */
export const jsonGaugeOf = (...dataPoints: readonly unknown[]): unknown =>
  jsonMetricOf({ name: 'a.gauge', gauge: { dataPoints } });
