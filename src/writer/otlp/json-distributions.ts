import { attributesOf } from './json-attributes.ts';
import {
  bitsOf,
  doubleOf,
  int32Of,
  type JsonObject,
  listOf,
  nanosecondsOf,
  objectOf,
  objectsOf,
  optionalDoubleOf,
  uint64FieldOf,
} from './json-fields.ts';
import type {
  Buckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  PointBase,
  Quantile,
  SummaryPoint,
} from './model.ts';

export function histogramPointOf(point: JsonObject): HistogramPoint {
  return {
    ...baseOf(point),
    count: uint64FieldOf(point.count, 'count'),
    sum: optionalDoubleOf(point.sum, 'sum'),
    min: optionalDoubleOf(point.min, 'min'),
    max: optionalDoubleOf(point.max, 'max'),
    bounds: listOf(point.explicitBounds, 'explicitBounds').map((bound) => doubleOf(bound, 'explicitBounds')),
    counts: countsOf(point.bucketCounts),
  };
}

export function exponentialHistogramPointOf(point: JsonObject): ExponentialHistogramPoint {
  return {
    ...baseOf(point),
    count: uint64FieldOf(point.count, 'count'),
    sum: optionalDoubleOf(point.sum, 'sum'),
    min: optionalDoubleOf(point.min, 'min'),
    max: optionalDoubleOf(point.max, 'max'),
    scale: int32Of(point.scale, 'scale'),
    zeroCount: uint64FieldOf(point.zeroCount, 'zeroCount'),
    zeroThreshold: optionalDoubleOf(point.zeroThreshold, 'zeroThreshold') ?? 0,
    positive: bucketsOf(point.positive, 'positive'),
    negative: bucketsOf(point.negative, 'negative'),
  };
}

export function summaryPointOf(point: JsonObject): SummaryPoint {
  return {
    ...baseOf(point),
    count: uint64FieldOf(point.count, 'count'),
    sum: optionalDoubleOf(point.sum, 'sum') ?? 0,
    quantiles: objectsOf(point.quantileValues, 'quantileValues').map(quantileOf),
  };
}

function quantileOf(value: JsonObject): Quantile {
  return {
    quantile: optionalDoubleOf(value.quantile, 'quantile') ?? 0,
    value: optionalDoubleOf(value.value, 'value') ?? 0,
  };
}

function bucketsOf(value: unknown, field: string): Buckets {
  const buckets = objectOf(value, field);
  return { offset: int32Of(buckets?.offset, 'offset'), counts: countsOf(buckets?.bucketCounts) };
}

function countsOf(value: unknown): Buckets['counts'] {
  return listOf(value, 'bucketCounts').map((count) => uint64FieldOf(count, 'bucketCounts'));
}

function baseOf(point: JsonObject): PointBase {
  const start = nanosecondsOf(point.startTimeUnixNano, 'startTimeUnixNano');
  const time = nanosecondsOf(point.timeUnixNano, 'timeUnixNano');
  return {
    attributes: attributesOf(point.attributes),
    start: start.micros,
    startNanos: start.nanos,
    time: time.micros,
    timeNanos: time.nanos,
    flags: bitsOf(point.flags, 'flags'),
  };
}
