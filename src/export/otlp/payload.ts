import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Payload } from '../sender.ts';

const serializers = { protobuf: ProtobufMetricsSerializer, json: JsonMetricsSerializer } as const;

/**
 * Writes an export request; undefined when there is no point in it. Figures that are infinite or no number are left out: as JSON they
 * would be nulls, for which receivers refuse the whole request.
 */
export function toPayload(
  { resource, scopeMetrics }: ResourceMetrics,
  encoding: Payload['encoding'],
): Payload | undefined {
  const scopes = scopeMetrics
    .map(({ scope, metrics }) => ({ scope, metrics: metrics.map(finite).filter(hasPoints) }))
    .filter(({ metrics }) => metrics.length > 0);
  if (scopes.length === 0) return undefined;
  const bytes = serializers[encoding].serializeRequest({ resource, scopeMetrics: scopes });
  return bytes === undefined ? undefined : { encoding, bytes };
}

const hasPoints = ({ dataPoints }: MetricData): boolean => dataPoints.length > 0;

function finite(metric: MetricData): MetricData {
  if (metric.dataPointType !== DataPointType.SUM && metric.dataPointType !== DataPointType.GAUGE)
    return metric;
  const dataPoints = metric.dataPoints.filter(({ value }) => Number.isFinite(value));
  return dataPoints.length === metric.dataPoints.length ? metric : { ...metric, dataPoints };
}
