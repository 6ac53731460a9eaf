import { type DecodeOutcome, decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import type { MetricsRequest, NumberPoint, OtlpMetric } from '../../../src/writer/otlp/model.ts';

export const plenty = 1_000_000;

export const decodeProtobuf = (bytes: Uint8Array, maxItems = plenty): DecodeOutcome =>
  decodeMetrics({ encoding: 'protobuf', bytes }, maxItems);

/** Encodes as JSON what is not yet text. */
export const decodeJson = (body: unknown, maxItems = plenty): DecodeOutcome =>
  decodeMetrics(
    { encoding: 'json', bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
    maxItems,
  );

export function requestIn(outcome: DecodeOutcome): MetricsRequest {
  if (outcome.kind !== 'decoded') throw new Error(`not decoded: ${outcome.message}`);
  return outcome.request;
}

export function metricsIn(outcome: DecodeOutcome): readonly OtlpMetric[] {
  return requestIn(outcome).resources.flatMap(({ scopes }) => scopes.flatMap(({ metrics }) => metrics));
}

export function pointsIn(outcome: DecodeOutcome): readonly NumberPoint[] {
  return metricsIn(outcome).flatMap(({ data }) =>
    data !== undefined && 'points' in data ? data.points : [],
  );
}

/** A JSON request with one gauge of these points. */
export const jsonGaugeOf = (...dataPoints: readonly unknown[]): unknown => ({
  resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'a.gauge', gauge: { dataPoints } }] }] }],
});
