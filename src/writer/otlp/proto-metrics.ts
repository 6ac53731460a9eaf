import type { Steps } from '../../runtime/steps.ts';
import type { MetricData, MetricsRequest, OtlpMetric, Temporality } from './model.ts';
import type { AttributeReader } from './proto-attributes.ts';
import {
  readExponentialHistogramPoint,
  readHistogramPoint,
  readSummaryPoint,
} from './proto-distributions.ts';
import { type ProtoSignal, readEnvelopes } from './proto-envelope.ts';
import { readNumberPoint } from './proto-points.ts';
import type { ProtoReader } from './proto-reader.ts';
import { temporalityOf } from './temporality.ts';
import { unknownKind } from './unknown-kind.ts';

/** Reads an `ExportMetricsServiceRequest`; throws a DecodeFailure for what is none. */
export function* readMetricsRequest(bytes: Uint8Array, maxItems: number): Steps<MetricsRequest> {
  let remark: string | undefined;
  const signal = {
    readItem: (reader, attributes) =>
      readMetric(reader, attributes, (metric, field) => {
        remark ??= unknownKind(metric, `field ${field}`);
      }),
    scoped: (scope, schemaUrl, metrics) => ({ scope, schemaUrl, metrics }),
  } satisfies ProtoSignal<OtlpMetric, unknown>;
  const resources = yield* readEnvelopes(bytes, maxItems, signal);
  return remark === undefined ? { resources } : { resources, remark };
}

const metadataTag = 98;

/** Calls `passedOver` with the number of a field that a metric without points has instead. */
function* readMetric(
  reader: ProtoReader,
  attributes: AttributeReader,
  passedOver: (metric: string, field: number) => void,
): Steps<OtlpMetric> {
  let stranger: number | undefined;
  let name = '';
  let description = '';
  let unit = '';
  let data: MetricData | undefined;
  const end = reader.item();
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) name = reader.text();
    else if (tag === 18) description = reader.text();
    else if (tag === 26) unit = reader.text();
    else if (isDataTag(tag)) {
      if (data !== undefined) reader.fail('a metric has more than one kind of data');
      data = yield* dataReaders[tag](reader, attributes);
    } else {
      if (tag !== metadataTag) stranger = tag;
      reader.skip(tag);
    }
  }
  reader.leave(end);
  if (data === undefined && stranger !== undefined) passedOver(name, stranger >>> 3);
  if (reader.isStepDone()) yield;
  return { name, description, unit, data };
}

/** By the tag of the `Metric` field that holds the points. */
const dataReaders = {
  *42(reader, attributes) {
    const { points } = yield* readData(reader, attributes, readNumberPoint);
    return { kind: 'gauge', points };
  },
  *58(reader, attributes) {
    const data = yield* readData(reader, attributes, readNumberPoint);
    return { kind: 'sum', ...data };
  },
  *74(reader, attributes) {
    const { points, temporality } = yield* readData(reader, attributes, readHistogramPoint);
    return { kind: 'histogram', temporality, points };
  },
  *82(reader, attributes) {
    const { points, temporality } = yield* readData(reader, attributes, readExponentialHistogramPoint);
    return { kind: 'exponentialHistogram', temporality, points };
  },
  *90(reader, attributes) {
    const { points } = yield* readData(reader, attributes, readSummaryPoint);
    return { kind: 'summary', points };
  },
} as const satisfies Record<number, (reader: ProtoReader, attributes: AttributeReader) => Steps<MetricData>>;

const isDataTag = (tag: number): tag is keyof typeof dataReaders => tag in dataReaders;

interface Data<Point> {
  readonly temporality: Temporality;
  readonly monotonic: boolean;
  readonly points: readonly Point[];
}

/** Reads the length and the message of any kind of data: what a kind does not have, no sender of it sends. */
function* readData<Point>(
  reader: ProtoReader,
  attributes: AttributeReader,
  readPoint: (reader: ProtoReader, attributes: AttributeReader) => Point,
): Steps<Data<Point>> {
  const points: Point[] = [];
  let temporality: Temporality = 'unspecified';
  let monotonic = false;
  const end = reader.end();
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) {
      points.push(readPoint(reader, attributes));
      if (reader.isStepDone()) yield;
    } else if (tag === 16) temporality = temporalityOf(reader.uint32());
    else if (tag === 24) monotonic = reader.uint32() !== 0;
    else reader.skip(tag);
  }
  reader.leave(end);
  return { temporality, monotonic, points };
}
