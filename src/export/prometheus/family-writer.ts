import type { Attributes, HrTime } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import { type DataPoint, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { Family, FamilyType } from './family.ts';
import type { Format } from './format.ts';
import { familyName, type LabelWriter, listed, type SampleWriter, sampleWriter } from './labels.ts';
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
  const lines: string[] = [];
  const samples = context.samplesOf(family.name);
  const created = context.created && context.syntax === 'openmetrics';
  for (const { metric, scope } of family.members) {
    const target = { lines, samples, name: family.name, context, labels: context.labelsOf(scope) };
    writeMetric(metric, target, created ? sampleWriter(`${context.declared.name}_created`) : undefined);
  }
  const unmixed = family.type !== 'histogram' && !created;
  return comments(family, context) + (unmixed ? samples.textOf(lines) : lines.join(''));
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

/** Where the samples of one metric go. */
interface Target {
  readonly lines: string[];
  readonly samples: SampleCache;
  readonly name: string;
  readonly context: FamilyContext;
  readonly labels: LabelWriter;
}

function writeMetric(metric: MetricData, target: Target, created: SampleWriter | undefined): void {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      writeNumbers(
        metric.dataPoints,
        target,
        target.context.declared.type === 'counter' ? created : undefined,
      );
      break;
    case DataPointType.HISTOGRAM:
      for (const { value, attributes, startTime } of metric.dataPoints) {
        writeHistogram({ ...value, ...value.buckets, attributes, startTime }, target, created);
      }
      break;
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      // Neither text format has native histograms: what remains of one is its count and its sum.
      for (const { value, attributes, startTime } of metric.dataPoints) {
        writeHistogram({ ...value, boundaries: [], counts: [], attributes, startTime }, target, created);
      }
  }
}

function writeNumbers(
  points: readonly DataPoint<number>[],
  { lines, samples, context, labels }: Target,
  created: SampleWriter | undefined,
): void {
  for (const { attributes, value, startTime } of points) {
    const sample = samples.next(labels, attributes, value);
    if (!context.isNew(sample.labels)) continue;
    lines.push(sample.line);
    if (created !== undefined && isKnown(startTime))
      lines.push(created(sample.labels, secondsText(startTime)));
  }
}

interface Buckets {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly boundaries: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum?: number;
}

function writeHistogram(
  point: Buckets,
  { lines, name, context, labels }: Target,
  created: SampleWriter | undefined,
): void {
  // `le` is the bucket's own label: an attribute of that name would make it another bucket.
  const { le, ...others } = point.attributes;
  const written = labels.of(le === undefined ? point.attributes : others);
  if (!context.isNew(written)) return;
  const bucket = sampleWriter(`${name}_bucket`);
  let below = 0;
  point.boundaries.forEach((boundary, index) => {
    below += point.counts[index] ?? 0;
    if (!Number.isFinite(boundary)) return;
    lines.push(bucket(listed(written, `le="${boundaryText(boundary, context.syntax)}"`), numberText(below)));
  });
  lines.push(bucket(listed(written, 'le="+Inf"'), numberText(point.count)));
  if (point.sum !== undefined) lines.push(sampleWriter(`${name}_sum`)(written, numberText(point.sum)));
  lines.push(sampleWriter(`${name}_count`)(written, numberText(point.count)));
  if (created !== undefined && isKnown(point.startTime))
    lines.push(created(written, secondsText(point.startTime)));
}

/** OpenMetrics writes the bound 1 as 1.0. */
function boundaryText(boundary: number, syntax: Format['syntax']): string {
  const text = numberText(boundary);
  return syntax === 'openmetrics' && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const isKnown = ([seconds, nanos]: HrTime): boolean => seconds !== 0 || nanos !== 0;
