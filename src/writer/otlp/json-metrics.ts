import { DecodeFailure } from './decode-failure.ts';
import { exponentialHistogramPointOf, histogramPointOf, summaryPointOf } from './json-distributions.ts';
import { envelopesOf, type JsonSignal, strangerIn } from './json-envelope.ts';
import { booleanOf, enumOf, isObject, type JsonObject, objectOf, objectsOf, textOf } from './json-fields.ts';
import { numberPointOf } from './json-points.ts';
import type { MetricData, MetricsRequest, OtlpMetric, Temporality } from './model.ts';
import { temporalityOf } from './temporality.ts';
import { unknownKind } from './unknown-kind.ts';

/** Reads the JSON form of an `ExportMetricsServiceRequest`. */
export function metricsRequestOf(body: JsonObject): MetricsRequest {
  return envelopesOf(body, metricsSignal);
}

const dataKinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

const metricsSignal = {
  keys: { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' },
  itemOf: metricOf,
  remarkOf: remarkOn,
  scoped: (scope, schemaUrl, metrics) => ({ scope, schemaUrl, metrics }),
} satisfies JsonSignal<OtlpMetric, unknown>;

/** What a metric has beside its points. */
const besidePoints: readonly string[] = ['name', 'description', 'unit', 'metadata'];

function remarkOn(metric: JsonObject): string | undefined {
  const name = textOf(metric.name, 'name');
  const data = dataKinds.map((kind) => metric[kind]).find(isObject);
  if (data !== undefined)
    return strangerIn(data, `the metric ${JSON.stringify(name.slice(0, 100))}`, 'dataPoints');
  const stranger = Object.keys(metric).find((key) => !besidePoints.includes(key) && isObject(metric[key]));
  return stranger === undefined ? undefined : unknownKind(name, stranger);
}

function metricOf(value: JsonObject): OtlpMetric {
  return {
    name: textOf(value.name, 'name'),
    description: textOf(value.description, 'description'),
    unit: textOf(value.unit, 'unit'),
    data: dataOf(value),
  };
}

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
  switch (kind) {
    case 'gauge':
      return { kind, points: points.map(numberPointOf) };
    case 'sum':
      return {
        kind,
        temporality: temporalityIn(data),
        monotonic: booleanOf(data.isMonotonic, 'isMonotonic'),
        points: points.map(numberPointOf),
      };
    case 'histogram':
      return { kind, temporality: temporalityIn(data), points: points.map(histogramPointOf) };
    case 'exponentialHistogram':
      return { kind, temporality: temporalityIn(data), points: points.map(exponentialHistogramPointOf) };
    case 'summary':
      return { kind, points: points.map(summaryPointOf) };
  }
}

function temporalityIn(data: JsonObject): Temporality {
  return temporalityOf(enumOf(data.aggregationTemporality, 'aggregationTemporality'));
}
