import type { HrTime } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import { type DataPoint, DataPointType, type Histogram, type MetricData } from '@opentelemetry/sdk-metrics';
import type { Family, FamilyType } from './family.ts';
import type { Format } from './format.ts';
import { familyName, type LabelWriter, listed, sampleWriter } from './labels.ts';
import type { SampleCache } from './sample-cache.ts';
import { escapeHelp, escapeQuoted, numberText, secondsText } from './text.ts';

export interface FamilyContext {
  readonly syntax: Format['syntax'];
  /** `_created` samples, where the syntax has them. */
  readonly created: boolean;
  /** The name to declare, which in OpenMetrics lacks the suffix of its type, and the type. */
  readonly declared: { readonly name: string; readonly type: FamilyType };
  labelsOf(scope: InstrumentationScope): LabelWriter;
  /** What is kept of the samples of this name. */
  samplesOf(name: string): SampleCache;
  /** Whether a sample with these labels may be written: false for a repetition. */
  isNew(labels: string): boolean;
}

/** Writes a family: its comments, then its samples, those of one attribute set together. */
export function writeFamily(family: Family, context: FamilyContext): string {
  const { syntax, created, declared } = context;
  if (family.type === 'histogram') return comments(family, context) + writeHistograms(family, context);
  const withCreated = created && syntax === 'openmetrics' && declared.type === 'counter';
  const samples = withCreated ? writeCreated(family, context) : writeNumbers(family, context);
  return comments(family, context) + samples;
}

const textTypes: Readonly<Record<FamilyType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  info: 'gauge',
  stateset: 'gauge',
  unknown: 'untyped',
};

function comments({ help, unit }: Family, { syntax, declared }: FamilyContext): string {
  const name = familyName(declared.name);
  if (syntax === 'text') {
    const helpLine = help === '' ? '' : `# HELP ${name} ${escapeHelp(help)}\n`;
    return `${helpLine}# TYPE ${name} ${textTypes[declared.type]}\n`;
  }
  const unitLine = unit !== '' && declared.name.endsWith(`_${unit}`) ? `# UNIT ${name} ${unit}\n` : '';
  const helpLine = help === '' ? '' : `# HELP ${name} ${escapeQuoted(help)}\n`;
  return `# TYPE ${name} ${declared.type}\n${unitLine}${helpLine}`;
}

function numberPoints(metric: MetricData): readonly DataPoint<number>[] {
  const { dataPointType, dataPoints } = metric;
  if (dataPointType === DataPointType.GAUGE) return dataPoints;
  if (dataPointType !== DataPointType.SUM) return [];
  // No count is below zero, or not a number.
  return metric.isMonotonic ? dataPoints.filter(({ value }) => value >= 0) : dataPoints;
}

function writeNumbers({ name, members }: Family, context: FamilyContext): string {
  const samples = context.samplesOf(name);
  for (const { metric, scope } of members) {
    const labels = context.labelsOf(scope);
    for (const { attributes, value } of numberPoints(metric)) samples.add(labels, attributes, value);
  }
  return samples.text(context.isNew);
}

/** Counters, each followed by the time at which it began. */
function writeCreated({ name, members }: Family, context: FamilyContext): string {
  const sample = sampleWriter(name);
  const created = createdWriter(context);
  const lines: string[] = [];
  for (const { metric, scope } of members) {
    const writer = context.labelsOf(scope);
    for (const { attributes, value, startTime } of numberPoints(metric)) {
      const labels = writer.of(attributes);
      if (context.isNew(labels)) lines.push(sample(labels, numberText(value)), created(labels, startTime));
    }
  }
  return lines.join('');
}

function writeHistograms({ name, members }: Family, context: FamilyContext): string {
  return members
    .flatMap(({ metric, scope }) => {
      const writer = context.labelsOf(scope);
      return bucketsOf(metric).map((point) => writeHistogram(name, point, context, writer));
    })
    .join('');
}

type Buckets = Pick<DataPoint<unknown>, 'attributes' | 'startTime'> &
  Pick<Histogram, 'count' | 'sum'> &
  Histogram['buckets'];

function bucketsOf(metric: MetricData): readonly Buckets[] {
  switch (metric.dataPointType) {
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.map(({ value, ...point }) => ({ ...point, ...value, ...value.buckets }));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      // Neither text format has native histograms: what remains of one is its count and its sum.
      return metric.dataPoints.map(({ value, ...point }) => ({
        ...point,
        ...value,
        boundaries: [],
        counts: [],
      }));
    default:
      return [];
  }
}

function writeHistogram(name: string, point: Buckets, context: FamilyContext, writer: LabelWriter): string {
  // `le` is the bucket's own label: an attribute of that name would make it another bucket.
  const { le, ...others } = point.attributes;
  const labels = writer.of(le === undefined ? point.attributes : others);
  if (!context.isNew(labels)) return '';
  const bucket = (boundary: string, count: number): string =>
    sampleWriter(`${name}_bucket`)(listed(labels, `le="${boundary}"`), numberText(count));
  let below = 0;
  const lines = point.boundaries.map((boundary, index) => {
    below += point.counts[index] ?? 0;
    return Number.isFinite(boundary) ? bucket(boundaryText(boundary, context.syntax), below) : '';
  });
  lines.push(bucket('+Inf', point.count));
  const total = (suffix: string, value: number): string =>
    sampleWriter(name + suffix)(labels, numberText(value));
  const isOpen = context.syntax === 'openmetrics';
  // OpenMetrics has no sum of negative numbers, as it may fall, and a count beside a sum only; the last bucket tells the same.
  const isCount = !isOpen || point.boundaries.every((boundary) => boundary >= 0);
  const sum = isCount ? point.sum : undefined;
  if (sum !== undefined) lines.push(total('_sum', sum));
  if (sum !== undefined || !isOpen) lines.push(total('_count', point.count));
  if (context.created && isOpen) lines.push(createdWriter(context)(labels, point.startTime));
  return lines.join('');
}

/** OpenMetrics writes the bound 1 as 1.0. */
function boundaryText(boundary: number, syntax: Format['syntax']): string {
  const text = numberText(boundary);
  return syntax === 'openmetrics' && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** A start that is not known is not told. */
function createdWriter({ declared }: FamilyContext): (labels: string, start: HrTime) => string {
  const sample = sampleWriter(`${declared.name}_created`);
  return (labels, start) => (start[0] === 0 && start[1] === 0 ? '' : sample(labels, secondsText(start)));
}
