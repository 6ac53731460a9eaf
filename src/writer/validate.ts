import type { MetricTarget } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { NumberMetric } from '../metric/define.ts';
import type { Value } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import type { GaugeData, MetricData, OtlpMetric, SumData } from './otlp/model.ts';

/** The times that are stored, both ends included. */
export interface TimeWindow {
  readonly oldest: Micros;
  readonly newest: Micros;
}

/** A metric that is what the catalog says of its name. */
export interface KnownMetric {
  readonly target: MetricTarget;
  /** Undefined when it has no points. */
  readonly data: GaugeData | SumData | undefined;
}

/** A metric that is not what the catalog says of its name. */
export interface Misfit {
  readonly reason: RejectionReason;
  /** What the catalog says, if that helps. */
  readonly detail?: string;
}

/** Finds out why none of a metric's points can be stored, if so. */
export function checkMetric(
  { unit, data }: OtlpMetric,
  target: MetricTarget | undefined,
): KnownMetric | Misfit {
  if (target === undefined) return { reason: 'unknown_metric' };
  if (data === undefined) return { target, data };
  const expected = expectationOf(target);
  if (unit !== expected.unit)
    return { reason: 'wrong_unit', detail: `wanted: ${JSON.stringify(expected.unit)}` };
  if (kindOf(data) !== expected.kind || (data.kind !== 'gauge' && data.kind !== 'sum'))
    return { reason: 'wrong_kind', detail: `wanted: ${inOtlp[expected.kind]}` };
  if (data.kind === 'sum' && data.temporality !== 'cumulative') return { reason: 'wrong_temporality' };
  return { target, data };
}

const inOtlp = {
  gauge: 'gauge',
  counter: 'monotonic sum',
  updowncounter: 'sum that is not monotonic',
} as const;

function kindOf(data: MetricData): keyof typeof inOtlp | undefined {
  if (data.kind === 'sum') return data.monotonic ? 'counter' : 'updowncounter';
  return data.kind === 'gauge' ? 'gauge' : undefined;
}

/** Info metrics and statesets are gauges without a unit. All variants of a name agree in unit and kind. */
function expectationOf(target: MetricTarget): Pick<NumberMetric<never>, 'kind' | 'unit'> {
  const metric = target.kind === 'info' ? undefined : target.variants[0]?.metric;
  return metric === undefined || metric.kind === 'stateset' ? { kind: 'gauge', unit: '' } : metric;
}

export function checkTime(time: Micros, { oldest, newest }: TimeWindow): RejectionReason | undefined {
  if (time === 0) return 'time_missing';
  if (time < oldest) return 'time_too_old';
  return time > newest ? 'time_in_future' : undefined;
}

const maxInt64 = 2 ** 63;

/** The value as its column holds it, or why it cannot. */
export function figureOf(metric: NumberMetric<never>, value: Value | undefined): Value | RejectionReason {
  if (value === undefined) return 'value_missing';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'value_not_finite';
  if (metric.kind === 'counter' && value < 0) return 'value_negative';
  if (metric.value === 'double') return Number(value);
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return value;
  const isInt64 = Number.isInteger(value) && value >= -maxInt64 && value < maxInt64;
  return isInt64 ? BigInt(value) : 'value_not_integer';
}

/** The 1 or 0 of an info metric or a state. */
export function truthOf(value: Value | undefined): boolean | RejectionReason {
  if (value === undefined) return 'value_missing';
  return value === 1 || value === 0 ? value === 1 : 'value_not_allowed';
}
