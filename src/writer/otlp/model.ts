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

/** An `ExportMetricsServiceRequest`, the same from protobuf and from JSON. */
export interface MetricsRequest {
  readonly resources: readonly ResourceMetrics[];
  /** What the sender should know though the request is a valid one. */
  readonly remark?: string;
}

export interface ResourceMetrics {
  readonly attributes: readonly Attribute[];
  readonly schemaUrl: string;
  readonly scopes: readonly ScopeMetrics[];
}

export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly Attribute[];
}

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

export type MetricData = GaugeData | SumData | DistributionData;

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

/** Kinds whose points are counted, not read: no typed table has a column for them. */
export interface DistributionData {
  readonly kind: 'histogram' | 'exponentialHistogram' | 'summary';
  readonly pointCount: number;
}

/** One value of one series. Times are microseconds with the nanoseconds below them beside, and 0 when they were not given. */
export interface NumberPoint {
  readonly attributes: readonly Attribute[];
  readonly start: Micros;
  /** 0 to 999, to be added to `start`. */
  readonly startNanos: number;
  readonly time: Micros;
  /** 0 to 999, to be added to `time`. */
  readonly timeNanos: number;
  readonly value: Value | undefined;
  readonly flags: number;
}

/** Whether the sender says that the series has no value at this time (`NoRecordedValue`). */
export function hasNoRecordedValue(point: NumberPoint): boolean {
  return (point.flags & 1) === 1;
}

/** How many points a metric brought, of whatever kind. */
export function pointCountOf({ data }: OtlpMetric): number {
  if (data === undefined) return 0;
  return 'points' in data ? data.points.length : data.pointCount;
}
