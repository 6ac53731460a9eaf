import type { InstrumentationScope } from '@opentelemetry/core';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { prometheusName, unitWord } from '../../catalog/prometheus-name.ts';
import type { PrometheusTyped } from '../meter/stamp.ts';
import type { OncePerChange } from '../once-per-change.ts';

export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'info' | 'stateset' | 'unknown';

/** A metric family: everything that is exposed under one name. */
export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  /** The unit in words; empty when the name does not end with it. */
  unit: string;
  help: string;
  readonly members: { readonly metric: MetricData; readonly scope: InstrumentationScope }[];
}

export interface FamilyOptions {
  readonly suffixes: boolean;
  readonly utf8: boolean;
  /** Names that are taken; a metric that wants one is left out. */
  readonly reserved: ReadonlySet<string>;
  readonly complaints: OncePerChange;
}

/** Groups metrics of all scopes into families, in the order in which they come. What cannot be told in a family without lying is left out. */
export function familiesOf(scopes: readonly ScopeMetrics[], options: FamilyOptions): readonly Family[] {
  const families = new Map<string, Family>();
  const torn = new Set<string>();
  for (const { scope, metrics } of scopes) {
    for (const metric of metrics) {
      const found = describe(metric, options);
      if (found === undefined) continue;
      const known = families.get(found.name);
      if (known === undefined) families.set(found.name, { ...found, members: [{ metric, scope }] });
      else if (known.type !== found.type) reportTorn(known, found, torn, options);
      else join(known, found, { metric, scope }, options);
    }
  }
  for (const name of torn) families.delete(name);
  const named = [...families.values()];
  const taken = new Map(named.flatMap(samplesOfHistogram));
  return named.filter(({ name }) => !reportTaken(name, taken.get(name), options));
}

/** Of the samples of a histogram, whether it has them all or not. */
export const histogramSuffixes = ['_bucket', '_count', '_sum', '_created'] as const;

/** By the names of its samples; a family of such a name would add samples of another meaning to it. */
function samplesOfHistogram({ name, type }: Family): readonly (readonly [string, string])[] {
  if (type !== 'histogram') return [];
  return histogramSuffixes.map((suffix) => [name + suffix, name] as const);
}

function reportTaken(name: string, histogram: string | undefined, { complaints }: FamilyOptions): boolean {
  if (histogram === undefined) return false;
  complaints.warn(
    `taken ${name}`,
    `${name} is left out of the Prometheus exposition: the histogram ${histogram} has samples of that name; give one of the two another name`,
  );
  return true;
}

type Described = Omit<Family, 'members'>;

function describe(metric: MetricData, options: FamilyOptions): Described | undefined {
  const { descriptor } = metric;
  if (
    metric.dataPointType !== DataPointType.GAUGE &&
    metric.aggregationTemporality === AggregationTemporality.DELTA
  ) {
    options.complaints.warn(
      `delta ${descriptor.name}`,
      `${descriptor.name} is left out of the Prometheus exposition: it is a difference since the last collection, and Prometheus wants totals`,
    );
    return undefined;
  }
  const monotonic = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
  const name = prometheusName({ name: descriptor.name, unit: descriptor.unit, monotonic }, options);
  if (name === '' || options.reserved.has(name)) {
    const reason = name === '' ? 'it has no name' : `the name ${name} stands for the resource`;
    options.complaints.warn(
      `reserved ${name}`,
      `${descriptor.name} is left out of the Prometheus exposition: ${reason}; give the metric another name`,
    );
    return undefined;
  }
  const unit = options.suffixes ? unitWord(descriptor.unit) : '';
  return { name, type: typeOf(metric, name), unit, help: descriptor.description };
}

function typeOf(metric: MetricData & PrometheusTyped, name: string): FamilyType {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : askedType(metric, name);
    case DataPointType.GAUGE:
      return askedType(metric, name);
    default:
      return 'histogram';
  }
}

/**
 * What a gauge asks to be shown as: an info metric must be named as one and be 1, and a stateset tell by an attribute of its own name of
 * which state it says yes, 1, or no, 0. Other types than these and `unknown` are none that a gauge can have.
 */
function askedType(
  { metadata, descriptor, dataPoints }: MetricData & PrometheusTyped,
  name: string,
): FamilyType {
  const asked = metadata?.['prometheus.type'];
  if (asked === 'unknown') return 'unknown';
  const areAll = (...values: readonly unknown[]) => dataPoints.every(({ value }) => values.includes(value));
  if (asked === 'info') return name.endsWith('_info') && areAll(1) ? 'info' : 'gauge';
  if (asked !== 'stateset') return 'gauge';
  const tellsStates = dataPoints.every(({ attributes }) => descriptor.name in attributes) && areAll(0, 1);
  return tellsStates && unitWord(descriptor.unit) === '' ? 'stateset' : 'gauge';
}

function reportTorn(known: Family, found: Described, torn: Set<string>, { complaints }: FamilyOptions): void {
  torn.add(known.name);
  complaints.warn(
    `type ${known.name}`,
    `${known.name} is left out of the Prometheus exposition: it is both a ${known.type} and a ${found.type}; rename one of the two metrics`,
  );
}

/** One comment stays where two differ; the points stay all. */
function join(
  known: Family,
  found: Described,
  member: Family['members'][number],
  { complaints }: FamilyOptions,
): void {
  known.members.push(member);
  for (const comment of ['help', 'unit'] as const) {
    if (known[comment] === '') known[comment] = found[comment];
    if (found[comment] === '' || known[comment] === found[comment]) continue;
    complaints.warn(
      `${comment} ${known.name}`,
      `${known.name} has two ${comment} texts in the Prometheus exposition: "${known[comment]}" is shown, "${found[comment]}" is not`,
    );
  }
}
