import type { Value } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';

/** An attribute's value as OTLP knows them; a map is a list of keys and values, and undefined a value that says nothing. */
export type AttributeValue =
  | string
  | boolean
  | Value
  | Uint8Array
  | readonly AttributeValue[]
  | ReadonlyMap<string, AttributeValue>
  | undefined;

/** One attribute as it was sent. A list of them may name a key twice. */
export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

/** A request of one signal, the same from protobuf and from JSON. */
export interface OtlpRequest<Scoped> {
  readonly resources: readonly FromResource<Scoped>[];
  /** What the sender should know though the request is a valid one. */
  readonly remark?: string;
}

/** What one resource sent. */
export interface FromResource<Scoped> {
  readonly attributes: readonly Attribute[];
  readonly schemaUrl: string;
  readonly scopes: readonly Scoped[];
}

export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly Attribute[];
}

/** An `ExportMetricsServiceRequest`. */
export type MetricsRequest = OtlpRequest<ScopeMetrics>;
export type ResourceMetrics = FromResource<ScopeMetrics>;

export interface ScopeMetrics {
  readonly scope: Scope;
  readonly schemaUrl: string;
  readonly metrics: readonly OtlpMetric[];
}

export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** Undefined when the sender named no kind, and so sent no points. */
  readonly data: MetricData | undefined;
}

export type Temporality = 'unspecified' | 'delta' | 'cumulative';

export type MetricData = GaugeData | SumData | HistogramData | ExponentialHistogramData | SummaryData;

export interface GaugeData {
  readonly kind: 'gauge';
  readonly points: readonly NumberPoint[];
}

export interface SumData {
  readonly kind: 'sum';
  readonly temporality: Temporality;
  readonly monotonic: boolean;
  readonly points: readonly NumberPoint[];
}

export interface HistogramData {
  readonly kind: 'histogram';
  readonly temporality: Temporality;
  readonly points: readonly HistogramPoint[];
}

export interface ExponentialHistogramData {
  readonly kind: 'exponentialHistogram';
  readonly temporality: Temporality;
  readonly points: readonly ExponentialHistogramPoint[];
}

export interface SummaryData {
  readonly kind: 'summary';
  readonly points: readonly SummaryPoint[];
}

/**
 * What points of every kind have. Times are microseconds with the nanoseconds below them beside, and 0 when they were not given. Exemplars
 * are passed over.
 */
export interface PointBase {
  readonly attributes: readonly Attribute[];
  readonly start: Micros;
  /** 0 to 999, to be added to `start`. */
  readonly startNanos: number;
  readonly time: Micros;
  /** 0 to 999, to be added to `time`. */
  readonly timeNanos: number;
  readonly flags: number;
}

/** One value of one series. */
export interface NumberPoint extends PointBase {
  readonly value: Value | undefined;
}

/** Counts are from 0 to 2^64 - 1. Nothing says yet that bounds, counts and their total fit together. */
export interface HistogramPoint extends PointBase {
  readonly count: Value;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly bounds: readonly number[];
  readonly counts: readonly Value[];
}

/** Counts of buckets one beside the other, the first of them at index `offset`. */
export interface Buckets {
  readonly offset: number;
  readonly counts: readonly Value[];
}

export interface ExponentialHistogramPoint extends PointBase {
  readonly count: Value;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly scale: number;
  readonly zeroCount: Value;
  readonly zeroThreshold: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
}

export interface Quantile {
  /** 0 to 1. */
  readonly quantile: number;
  readonly value: number;
}

export interface SummaryPoint extends PointBase {
  readonly count: Value;
  readonly sum: number;
  readonly quantiles: readonly Quantile[];
}

/** Whether the sender says that the series has no value at this time (`NoRecordedValue`). */
export function hasNoRecordedValue({ flags }: Pick<PointBase, 'flags'>): boolean {
  return (flags & 1) === 1;
}

/** How many points a metric brought, of whatever kind. */
export function pointCountOf({ data }: OtlpMetric): number {
  return data === undefined ? 0 : data.points.length;
}

/** An `ExportLogsServiceRequest`. */
export type LogsRequest = OtlpRequest<ScopeLogs>;

export interface ScopeLogs {
  readonly scope: Scope;
  readonly schemaUrl: string;
  readonly records: readonly LogRecord[];
}

/** One log record; times are as those of points. */
export interface LogRecord {
  readonly time: Micros;
  /** 0 to 999, to be added to `time`. */
  readonly timeNanos: number;
  readonly observedTime: Micros;
  readonly severityNumber: number;
  readonly severityText: string;
  /** Empty for a record that is no event. */
  readonly eventName: string;
  readonly body: AttributeValue;
  readonly attributes: readonly Attribute[];
  /** 32 hexadecimal digits in lower case; empty where there is no valid id. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case; empty where there is no valid id. */
  readonly spanId: string;
  readonly flags: number;
}
