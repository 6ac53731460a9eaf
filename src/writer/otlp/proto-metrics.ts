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
  let dataTag: DataTag | undefined;
  const parts: Part[] = [];
  const end = reader.item();
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) name = reader.text();
    else if (tag === 18) description = reader.text();
    else if (tag === 26) unit = reader.text();
    else if (isDataTag(tag)) {
      if (tag !== (dataTag ?? tag)) reader.fail('a metric has more than one kind of data');
      dataTag = tag;
      parts.push(partAt(reader));
    } else {
      if (tag !== metadataTag) stranger = tag;
      reader.skip(tag);
    }
  }
  reader.leave(end);
  const data = dataTag === undefined ? undefined : yield* dataReaders[dataTag]({ reader, attributes, parts });
  reader.position = end;
  if (data === undefined && stranger !== undefined) passedOver(name, stranger >>> 3);
  if (reader.isStepDone()) yield;
  return { name, description, unit, data };
}

/** Where a message, or a part of one, begins and ends. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** Reads a length and steps over what it is the length of. */
function partAt(reader: ProtoReader): Part {
  const end = reader.end();
  const part = { start: reader.position, end };
  reader.position = end;
  return part;
}

/** The data of a metric, which may come in parts, as every message may. */
interface DataSource {
  readonly reader: ProtoReader;
  readonly attributes: AttributeReader;
  readonly parts: readonly Part[];
}

/** By the tag of the `Metric` field that holds the points. */
const dataReaders = {
  *42(source) {
    const { points } = yield* readData(source, readNumberPoint);
    return { kind: 'gauge', points };
  },
  *58(source) {
    const data = yield* readData(source, readNumberPoint);
    return { kind: 'sum', ...data };
  },
  *74(source) {
    const { points, temporality } = yield* readData(source, readHistogramPoint);
    return { kind: 'histogram', temporality, points };
  },
  *82(source) {
    const { points, temporality } = yield* readData(source, readExponentialHistogramPoint);
    return { kind: 'exponentialHistogram', temporality, points };
  },
  *90(source) {
    const { points } = yield* readData(source, readSummaryPoint);
    return { kind: 'summary', points };
  },
} as const satisfies Record<number, (source: DataSource) => Steps<MetricData>>;

type DataTag = keyof typeof dataReaders;

const isDataTag = (tag: number): tag is DataTag => tag in dataReaders;

interface Data<Point> {
  readonly temporality: Temporality;
  readonly monotonic: boolean;
  readonly points: readonly Point[];
}

/** Reads any kind of data: what a kind does not have, no sender of it sends. */
function* readData<Point>(
  { reader, attributes, parts }: DataSource,
  readPoint: (reader: ProtoReader, attributes: AttributeReader) => Point,
): Steps<Data<Point>> {
  const points: Point[] = [];
  let temporality: Temporality = 'unspecified';
  let monotonic = false;
  for (const { start, end } of parts) {
    reader.position = start;
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
  }
  return { temporality, monotonic, points };
}
