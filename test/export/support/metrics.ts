import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import {
  createPrometheusSide,
  type PrometheusSide,
  type PrometheusSideOptions,
  type ScrapeRequest,
} from '../../../src/export/prometheus/prometheus-side.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { scope } from './meter.ts';

export const startTime: HrTime = [1_772_366_000, 500_000_000];
const endTime: HrTime = [1_772_366_410, 0];

export function point<T>(value: T, attributes: Attributes = {}): DataPoint<T> {
  return { startTime, endTime, attributes, value };
}

interface Options {
  readonly unit?: string;
  readonly description?: string;
  readonly delta?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

function shared(name: string, { unit = '', description = '', delta = false, metadata }: Options) {
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: delta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

export function gauge(name: string, dataPoints: DataPoint<number>[], options: Options = {}): MetricData {
  return { ...shared(name, options), dataPointType: DataPointType.GAUGE, dataPoints };
}

export function sum(
  name: string,
  dataPoints: DataPoint<number>[],
  options: Options & { readonly monotonic?: boolean } = {},
): MetricData {
  return {
    ...shared(name, options),
    dataPointType: DataPointType.SUM,
    isMonotonic: options.monotonic ?? true,
    dataPoints,
  };
}

interface Buckets {
  readonly boundaries: number[];
  readonly counts: number[];
  readonly count: number;
  readonly sum?: number;
}

export function histogram(
  name: string,
  { boundaries, counts, ...totals }: Buckets,
  attributes: Attributes = {},
  options: Options = {},
): MetricData {
  const value = { buckets: { boundaries, counts }, ...totals };
  return {
    ...shared(name, options),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [point(value, attributes)],
  };
}

export interface Scoped {
  readonly scope: InstrumentationScope;
  readonly metrics: MetricData[];
}

export function producerOf(...scopeMetrics: readonly Scoped[]): MetricProducer {
  const resource = resourceFromAttributes({});
  return {
    collect: () =>
      Promise.resolve({ resourceMetrics: { resource, scopeMetrics: [...scopeMetrics] }, errors: [] }),
  };
}

export function sideOf(
  producers: readonly MetricProducer[],
  options: Partial<PrometheusSideOptions> = {},
): PrometheusSide {
  return createPrometheusSide({
    producers,
    resource: resourceFromAttributes({}),
    logger: silentLogger,
    scopeInfoEnabled: false,
    ...options,
  });
}

/** The exposition of these metrics, by default without scope labels and without a resource. */
export async function scrape(
  metrics: MetricData[],
  options: Partial<PrometheusSideOptions> & ScrapeRequest = {},
): Promise<string> {
  return bodyOf(sideOf([producerOf({ scope, metrics })], options), options);
}

export async function bodyOf(side: PrometheusSide, request: ScrapeRequest = {}): Promise<string> {
  const { status, body } = await side.render(request);
  if (status !== 200 || typeof body !== 'string') throw new Error(`no exposition: ${status} ${body}`);
  return body;
}

export const openMetrics = { accept: 'application/openmetrics-text; version=1.0.0' } as const;
