import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Payload } from '../../../src/export/sender.ts';

export interface OraclePoint {
  readonly attributes: Attributes;
  readonly start?: HrTime;
  readonly time: HrTime;
  readonly value: number;
}

export interface OracleMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'counter' | 'updowncounter' | 'delta';
  readonly value: 'int' | 'double';
  readonly points: readonly OraclePoint[];
}

/** A request as OpenTelemetry's own exporter encodes it. */
export function encodeRequest(
  encoding: Payload['encoding'],
  metrics: readonly OracleMetric[],
  resource: Attributes = {},
  scope = { name: 'oracle', version: '1' },
): Payload {
  return encodeMetricData(encoding, metrics.map(metricData), resource, scope);
}

/** The same, of metrics of any kind that the SDK knows. */
export function encodeMetricData(
  encoding: Payload['encoding'],
  metrics: MetricData[],
  resource: Attributes = {},
  scope = { name: 'oracle', version: '1' },
): Payload {
  const request: ResourceMetrics = {
    resource: resourceFromAttributes(resource),
    scopeMetrics: [{ scope, metrics }],
  };
  const serializer = encoding === 'protobuf' ? ProtobufMetricsSerializer : JsonMetricsSerializer;
  const bytes = serializer.serializeRequest(request);
  if (bytes === undefined) throw new Error('the oracle gave no bytes');
  return { encoding, bytes };
}

/** What OpenTelemetry's own exporter of logs takes. */
export type OracleLogRecord = Parameters<typeof JsonLogsSerializer.serializeRequest>[0][number];

export function encodeLogs(encoding: Payload['encoding'], records: OracleLogRecord[]): Payload {
  const serializer = encoding === 'protobuf' ? ProtobufLogsSerializer : JsonLogsSerializer;
  const bytes = serializer.serializeRequest(records);
  if (bytes === undefined) throw new Error('the oracle gave no bytes');
  return { encoding, bytes };
}

function metricData({ name, unit, kind, value, points }: OracleMetric): MetricData {
  const shared = {
    descriptor: {
      name,
      unit,
      description: `About ${name}.`,
      valueType: value === 'int' ? ValueType.INT : ValueType.DOUBLE,
    },
    aggregationTemporality:
      kind === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    dataPoints: points.map(({ attributes, start, time, value: figure }) => ({
      attributes,
      startTime: start ?? ([0, 0] satisfies HrTime),
      endTime: time,
      value: figure,
    })),
  };
  if (kind === 'gauge') return { ...shared, dataPointType: DataPointType.GAUGE };
  return { ...shared, dataPointType: DataPointType.SUM, isMonotonic: kind !== 'updowncounter' };
}
