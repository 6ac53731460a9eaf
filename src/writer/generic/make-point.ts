import type { RejectionReason } from '../../catalog/rejection-reasons.ts';
import type { Series, SeriesNumber, SeriesPoint } from '../../db/generic/series-point.ts';
import type { Micros } from '../../metric/time.ts';
import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  NumberPoint,
  PointBase,
  SummaryPoint,
} from '../otlp/model.ts';
import {
  exponentialHistogramFault,
  finite,
  histogramFault,
  numberOf,
  summaryFault,
  totalsOf,
} from './point-checks.ts';

/** Makes a point as it is stored of one as it was sent, or says why it never can be. */
export type Make<Point extends PointBase> = (point: Point, series: Series) => SeriesPoint | RejectionReason;

/** A gauge counts nothing, and so began at no time. */
export const gaugePoint: Make<NumberPoint> = (point, series) => {
  const value = numberOf(point, false);
  if (typeof value === 'string') return value;
  return { kind: 'number', series, time: point.time, start: undefined, value };
};

export const sumPoint: Make<NumberPoint> = (point, series) => sumOf(point, series, false);

/** Of a sum that is monotonic. */
export const risingSumPoint: Make<NumberPoint> = (point, series) => sumOf(point, series, true);

function sumOf(point: NumberPoint, series: Series, monotonic: boolean): SeriesNumber | RejectionReason {
  const value = numberOf(point, monotonic);
  if (typeof value === 'string') return value;
  return { kind: 'number', series, time: point.time, start: startOf(point), value };
}

export const histogramPoint: Make<HistogramPoint> = (point, series) => {
  const fault = histogramFault(point);
  if (fault !== undefined) return fault;
  const { time, bounds, counts } = point;
  return { kind: 'histogram', series, time, start: startOf(point), ...totalsOf(point), bounds, counts };
};

export const exponentialHistogramPoint: Make<ExponentialHistogramPoint> = (point, series) => {
  const fault = exponentialHistogramFault(point);
  if (fault !== undefined) return fault;
  const { time, scale, zeroCount, zeroThreshold, positive, negative } = point;
  const buckets = { scale, zeroCount, zeroThreshold, positive, negative };
  return {
    kind: 'exponentialHistogram',
    series,
    time,
    start: startOf(point),
    ...totalsOf(point),
    ...buckets,
  };
};

export const summaryPoint: Make<SummaryPoint> = (point, series) => {
  const fault = summaryFault(point);
  if (fault !== undefined) return fault;
  const { time, count } = point;
  const quantiles = point.quantiles.filter(({ value }) => Number.isFinite(value));
  return { kind: 'summary', series, time, start: startOf(point), count, sum: finite(point.sum), quantiles };
};

/** A start that is not known is sent as 0. */
function startOf({ start }: PointBase): Micros | undefined {
  return start === 0 ? undefined : start;
}
