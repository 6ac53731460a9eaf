import { ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { createPrometheusSide } from '../../../src/export/prometheus/prometheus-side.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { scope } from './meter.js';
export const startTime = [1_772_366_000, 500_000_000];
const endTime = [1_772_366_410, 0];
export function point(value, attributes = {}) {
  return { startTime, endTime, attributes, value };
}
function shared(name, { unit = '', description = '', delta = false, metadata }) {
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: delta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    ...(metadata === undefined ? {} : { metadata }),
  };
}
export function gauge(name, dataPoints, options = {}) {
  return { ...shared(name, options), dataPointType: DataPointType.GAUGE, dataPoints };
}
export function sum(name, dataPoints, options = {}) {
  return {
    ...shared(name, options),
    dataPointType: DataPointType.SUM,
    isMonotonic: options.monotonic ?? true,
    dataPoints,
  };
}
export function histogram(name, { boundaries, counts, ...totals }, attributes = {}, options = {}) {
  const value = { buckets: { boundaries, counts }, ...totals };
  return {
    ...shared(name, options),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [point(value, attributes)],
  };
}
export function producerOf(...scopeMetrics) {
  const resource = resourceFromAttributes({});
  return {
    collect: () =>
      Promise.resolve({ resourceMetrics: { resource, scopeMetrics: [...scopeMetrics] }, errors: [] }),
  };
}
export function sideOf(producers, options = {}) {
  return createPrometheusSide({
    producers,
    resource: resourceFromAttributes({}),
    logger: silentLogger,
    scopeInfoEnabled: false,
    ...options,
  });
}
/** The exposition of these metrics, by default without scope labels and without a resource. */
export async function scrape(metrics, options = {}) {
  return bodyOf(sideOf([producerOf({ scope, metrics })], options), options);
}
export async function bodyOf(side, request = {}) {
  const { status, body } = await side.render(request);
  if (status !== 200 || typeof body !== 'string') throw new Error(`no exposition: ${status} ${body}`);
  return body;
}
export const openMetrics = { accept: 'application/openmetrics-text; version=1.0.0' };
