import type { Value } from '../../metric/row.ts';
import { DecodeFailure } from './decode-failure.ts';
import { attributesOf } from './json-attributes.ts';
import {
  bitsOf,
  booleanOf,
  doubleOf,
  int64FieldOf,
  type JsonObject,
  nanosecondsOf,
  objectOf,
  objectsOf,
  textOf,
  uint32Of,
} from './json-fields.ts';
import type {
  MetricData,
  MetricsRequest,
  NumberPoint,
  OtlpMetric,
  ResourceMetrics,
  Scope,
  ScopeMetrics,
} from './model.ts';
import { temporalityOf } from './temporality.ts';

/** Reads the JSON form of an `ExportMetricsServiceRequest`; unknown keys are passed over, but not in silence where nothing else is there. */
export function metricsRequestOf(body: JsonObject): MetricsRequest {
  const resources = objectsOf(body.resourceMetrics, 'resourceMetrics').map(resourceMetricsOf);
  const [key] = Object.keys(body);
  if (key === undefined || Object.hasOwn(body, 'resourceMetrics')) return { resources };
  const remark = `there is nothing to store, for the body has no "resourceMetrics", but ${JSON.stringify(key.slice(0, 100))}`;
  return { resources, remark };
}

function resourceMetricsOf(value: JsonObject): ResourceMetrics {
  return {
    attributes: attributesOf(objectOf(value.resource, 'resource')?.attributes),
    schemaUrl: textOf(value.schemaUrl, 'schemaUrl'),
    scopes: objectsOf(value.scopeMetrics, 'scopeMetrics').map(scopeMetricsOf),
  };
}

function scopeMetricsOf(value: JsonObject): ScopeMetrics {
  return {
    scope: scopeOf(objectOf(value.scope, 'scope') ?? {}),
    schemaUrl: textOf(value.schemaUrl, 'schemaUrl'),
    metrics: objectsOf(value.metrics, 'metrics').map(metricOf),
  };
}

function scopeOf(value: JsonObject): Scope {
  return {
    name: textOf(value.name, 'name'),
    version: textOf(value.version, 'version'),
    attributes: attributesOf(value.attributes),
  };
}

function metricOf(value: JsonObject): OtlpMetric {
  return {
    name: textOf(value.name, 'name'),
    description: textOf(value.description, 'description'),
    unit: textOf(value.unit, 'unit'),
    data: dataOf(value),
  };
}

const dataKinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

function dataOf(metric: JsonObject): MetricData | undefined {
  let found: MetricData | undefined;
  for (const kind of dataKinds) {
    const data = objectOf(metric[kind], kind);
    if (data === undefined) continue;
    if (found !== undefined) throw new DecodeFailure(kind, 'a metric has more than one kind of data');
    found = dataOfKind(kind, data);
  }
  return found;
}

function dataOfKind(kind: MetricData['kind'], data: JsonObject): MetricData {
  const points = objectsOf(data.dataPoints, 'dataPoints');
  if (kind === 'gauge') return { kind, points: points.map(numberPointOf) };
  if (kind !== 'sum') return { kind, pointCount: points.length };
  return {
    kind,
    temporality: temporalityOf(uint32Of(data.aggregationTemporality, 'aggregationTemporality')),
    monotonic: booleanOf(data.isMonotonic, 'isMonotonic'),
    points: points.map(numberPointOf),
  };
}

function numberPointOf(point: JsonObject): NumberPoint {
  const start = nanosecondsOf(point.startTimeUnixNano, 'startTimeUnixNano');
  const time = nanosecondsOf(point.timeUnixNano, 'timeUnixNano');
  return {
    attributes: attributesOf(point.attributes),
    start: start.micros,
    startNanos: start.nanos,
    time: time.micros,
    timeNanos: time.nanos,
    value: numberOf(point),
    flags: bitsOf(point.flags, 'flags'),
  };
}

function numberOf({ asInt, asDouble }: JsonObject): Value | undefined {
  if (asInt !== undefined && asInt !== null) return int64FieldOf(asInt, 'asInt');
  if (asDouble !== undefined && asDouble !== null) return doubleOf(asDouble, 'asDouble');
  return undefined;
}
