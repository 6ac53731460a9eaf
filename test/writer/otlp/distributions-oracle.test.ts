import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce } from '../../../src/runtime/steps.ts';
import { decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import { metricsIn, plenty } from '../support/decoded.ts';
import { encodeMetricData } from '../support/oracle.ts';
import { attributes, finiteDouble, hrTime, key, pointBaseOf } from '../support/oracle-values.ts';

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const counts = fc.array(fc.oneof(count, fc.nat({ max: 300 })), { maxLength: 8 });
const extremes = { sum: finiteDouble, min: finiteDouble, max: finiteDouble };

const histogram: fc.Arbitrary<Histogram> = fc.record(
  {
    count,
    ...extremes,
    buckets: fc.record({ counts, boundaries: fc.array(finiteDouble, { maxLength: 8 }) }),
  },
  { requiredKeys: ['count', 'buckets'] },
);

const int32 = fc.integer();
const buckets = fc.record({ offset: int32, bucketCounts: counts });

const exponential: fc.Arbitrary<ExponentialHistogram> = fc.record(
  { count, ...extremes, scale: int32, zeroCount: count, positive: buckets, negative: buckets },
  { requiredKeys: ['count', 'scale', 'zeroCount', 'positive', 'negative'] },
);

const points = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<DataPoint<Value>[]> =>
  fc.array(fc.record({ attributes, startTime: hrTime, endTime: hrTime, value }), { maxLength: 5 });

const descriptor = fc.record({
  name: key,
  unit: fc.constantFrom('', 's', 'By'),
  description: key,
  valueType: fc.constantFrom(ValueType.INT, ValueType.DOUBLE),
});
const aggregationTemporality = fc.constantFrom(
  AggregationTemporality.DELTA,
  AggregationTemporality.CUMULATIVE,
);

const metrics: fc.Arbitrary<MetricData[]> = fc.array(
  fc.oneof(
    fc.record({
      dataPointType: fc.constant(DataPointType.HISTOGRAM as const),
      descriptor,
      aggregationTemporality,
      dataPoints: points(histogram),
    }),
    fc.record({
      dataPointType: fc.constant(DataPointType.EXPONENTIAL_HISTOGRAM as const),
      descriptor,
      aggregationTemporality,
      dataPoints: points(exponential),
    }),
  ),
  { maxLength: 4 },
);

function expectedHistogram({ attributes: pairs, startTime, endTime, value }: DataPoint<Histogram>): unknown {
  return {
    ...pointBaseOf(pairs, startTime, endTime),
    count: value.count,
    sum: value.sum,
    min: value.min,
    max: value.max,
    bounds: value.buckets.boundaries,
    counts: value.buckets.counts,
  };
}

function expectedExponential({
  attributes: pairs,
  startTime,
  endTime,
  value,
}: DataPoint<ExponentialHistogram>): unknown {
  const { positive, negative } = value;
  return {
    ...pointBaseOf(pairs, startTime, endTime),
    count: value.count,
    sum: value.sum,
    min: value.min,
    max: value.max,
    scale: value.scale,
    zeroCount: value.zeroCount,
    zeroThreshold: 0,
    positive: { offset: positive.offset, counts: positive.bucketCounts },
    negative: { offset: negative.offset, counts: negative.bucketCounts },
  };
}

function expected(metric: MetricData): unknown {
  const { name, unit, description } = metric.descriptor;
  const temporality = metric.aggregationTemporality === AggregationTemporality.DELTA ? 'delta' : 'cumulative';
  const data =
    metric.dataPointType === DataPointType.HISTOGRAM
      ? { kind: 'histogram', temporality, points: metric.dataPoints.map(expectedHistogram) }
      : metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM
        ? { kind: 'exponentialHistogram', temporality, points: metric.dataPoints.map(expectedExponential) }
        : undefined;
  return { name, unit, description, data };
}

it.each(['protobuf', 'json'] as const)("reads OpenTelemetry's own histograms as %s (B79)", (encoding) => {
  fc.assert(
    fc.property(metrics, (sent) => {
      const decoded = atOnce(decodeMetrics(encodeMetricData(encoding, sent), plenty));
      expect(metricsIn(decoded)).toEqual(sent.map(expected));
    }),
    { numRuns: 300 },
  );
});
