import type { RejectionReason } from '../../catalog/rejection-reasons.ts';
import type { Value } from '../../metric/row.ts';
import type { ExponentialHistogramPoint, HistogramPoint, NumberPoint, SummaryPoint } from '../otlp/model.ts';

const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

/** Why a number can never be stored, or the number. */
export function numberOf({ value }: NumberPoint, monotonic: boolean): Value | RejectionReason {
  if (value === undefined) return 'value_missing';
  if (typeof value === 'bigint') {
    if (value < minInt64 || value > maxInt64) return 'value_not_integer';
  } else if (!Number.isFinite(value)) return 'value_not_finite';
  if (monotonic && value < 0) return 'value_negative';
  // Minus zero is zero.
  return value === 0 ? 0 : value;
}

/** Why a histogram can never be stored, if so. */
export function histogramFault(point: HistogramPoint): RejectionReason | undefined {
  const { bounds, counts } = point;
  const fault = totalsFault(point);
  if (fault !== undefined) return fault;
  if (counts.length === 0) return bounds.length === 0 ? undefined : 'bad_histogram';
  const isWhole = counts.length === bounds.length + 1 && isRising(bounds) && isTotal(point, [counts]);
  return isWhole ? undefined : 'bad_histogram';
}

/** Beyond it either way one bucket holds more, or less, than all numbers that there are; senders know -10 to 20. */
const maxScale = 31;

/** Why an exponential histogram can never be stored, if so. */
export function exponentialHistogramFault(point: ExponentialHistogramPoint): RejectionReason | undefined {
  const { scale, zeroCount, zeroThreshold, positive, negative } = point;
  const fault = totalsFault(point);
  if (fault !== undefined) return fault;
  if (scale < -maxScale || scale > maxScale) return 'bad_histogram';
  if (!(zeroThreshold >= 0 && zeroThreshold < Number.POSITIVE_INFINITY)) return 'bad_histogram';
  return isTotal(point, [positive.counts, negative.counts, [zeroCount]]) ? undefined : 'bad_histogram';
}

/** Why a summary can never be stored, if so. A quantile without a value is no fault: Prometheus knows none of an idle summary. */
export function summaryFault({ count, quantiles }: SummaryPoint): RejectionReason | undefined {
  if (count > maxInt64) return 'count_too_large';
  return quantiles.every(({ quantile }) => quantile >= 0 && quantile <= 1) ? undefined : 'bad_summary';
}

/**
 * What a histogram says of all values together, as far as it is finite: one measurement that is no number makes no number of a sum
 * for as long as the sender runs, and nothing of the counts. Some senders say infinity for the least and the greatest of no values.
 */
export function totalsOf({ count, sum, min, max }: Totals): Totals {
  const isEmpty = count === 0;
  return {
    count,
    sum: finite(sum),
    min: isEmpty ? undefined : finite(min),
    max: isEmpty ? undefined : finite(max),
  };
}

/** A sum of a histogram or a summary, where it is one. */
export function finite(figure: number | undefined): number | undefined {
  return Number.isFinite(figure) ? figure : undefined;
}

interface Totals {
  readonly count: Value;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

function totalsFault(totals: Totals): RejectionReason | undefined {
  if (totals.count > maxInt64) return 'count_too_large';
  const { min, max } = totalsOf(totals);
  return min !== undefined && max !== undefined && min > max ? 'bad_histogram' : undefined;
}

function isRising(bounds: readonly number[]): boolean {
  return bounds.every((bound, index) => {
    const last = bounds[index - 1];
    return last === undefined ? !Number.isNaN(bound) : bound > last;
  });
}

/**
 * Whether counts add up to their total. A measurement that is no number belongs into no bucket, and counts all the same; the sum is none
 * from then on.
 */
function isTotal(
  { count, sum }: Pick<Totals, 'count' | 'sum'>,
  lists: readonly (readonly Value[])[],
): boolean {
  const total = totalOf(lists);
  return total <= count && (total >= count || Number.isNaN(sum));
}

/** Exact for those that a double cannot hold. */
function totalOf(lists: readonly (readonly Value[])[]): Value {
  let sum = 0;
  for (const counts of lists) {
    for (const count of counts) {
      if (typeof count === 'bigint') return largeTotalOf(lists);
      sum += count;
    }
  }
  return Number.isSafeInteger(sum) ? sum : largeTotalOf(lists);
}

function largeTotalOf(lists: readonly (readonly Value[])[]): bigint {
  return lists.flat().reduce<bigint>((so, count) => so + BigInt(count), 0n);
}
