import type { Value } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';

export type SeriesKind = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary';

/** What the series of one metric of one scope and resource have in common. */
export interface SeriesGroup {
  /** A digest: the same for the same group and for no other, in every process and for ever. Ids are made from it. */
  readonly key: string;
  readonly name: string;
  readonly kind: SeriesKind;
  readonly unit: string;
  /** Undefined for gauges and summaries. */
  readonly temporality: 'delta' | 'cumulative' | undefined;
  /** Undefined for all but sums. */
  readonly monotonic: boolean | undefined;
  /** No part of what tells groups apart. */
  readonly description: string;
  /** The attributes, as a JSON object. */
  readonly resource: string;
  readonly resourceSchemaUrl: string;
  /** Name, version, attributes and schema URL, as a JSON object. */
  readonly scope: string;
}

/** One series of a metric that is not in the catalog. */
export interface Series {
  readonly group: SeriesGroup;
  /** Within its group the same for the same attributes and for no others. */
  readonly key: string;
  /** As a JSON object. */
  readonly attributes: string;
}

interface PointBase {
  readonly series: Series;
  readonly time: Micros;
  /** When a sum began to count; undefined for gauges and where it is not known. */
  readonly start: Micros | undefined;
}

export interface SeriesNumber extends PointBase {
  readonly kind: 'number';
  readonly value: Value;
}

/** Counts are whole numbers of 64 bits with a sign, here and below. */
export interface SeriesHistogram extends PointBase {
  readonly kind: 'histogram';
  readonly count: Value;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly bounds: readonly number[];
  readonly counts: readonly Value[];
}

export interface SeriesExponentialHistogram extends PointBase {
  readonly kind: 'exponentialHistogram';
  readonly count: Value;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly scale: number;
  readonly zeroCount: Value;
  readonly zeroThreshold: number;
  readonly positive: { readonly offset: number; readonly counts: readonly Value[] };
  readonly negative: { readonly offset: number; readonly counts: readonly Value[] };
}

export interface SeriesSummary extends PointBase {
  readonly kind: 'summary';
  readonly count: Value;
  /** Undefined where it is no finite number. */
  readonly sum: number | undefined;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** One point of a series, ready to be stored. */
export type SeriesPoint = SeriesNumber | SeriesHistogram | SeriesExponentialHistogram | SeriesSummary;
