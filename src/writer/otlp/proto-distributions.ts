import type { Value } from '../../metric/row.ts';
import { microsOf, nanosOf } from './exact-integer.ts';
import type {
  Attribute,
  Buckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  PointBase,
  Quantile,
  SummaryPoint,
} from './model.ts';
import type { AttributeReader } from './proto-attributes.ts';
import type { ProtoReader } from './proto-reader.ts';

/** A point that is still being read. */
type Draft<Point> = { -readonly [Key in keyof Point]: Point[Key] };

/** Reads the length and the message behind a `HistogramDataPoint`'s tag. */
export function readHistogramPoint(reader: ProtoReader, attributeReader: AttributeReader): HistogramPoint {
  const end = reader.item();
  const attributes: Attribute[] = [];
  const bounds: number[] = [];
  const counts: Value[] = [];
  const point: Draft<HistogramPoint> = {
    ...blank,
    attributes,
    count: 0,
    sum: undefined,
    min: undefined,
    max: undefined,
    bounds,
    counts,
  };
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 33) point.count = reader.fixedUint64();
    else if (tag === 41) point.sum = reader.double();
    else if (tag === 49) readElement(reader, counts, fixedUint64);
    else if (tag === 50) readElements(reader, counts, fixedUint64);
    else if (tag === 57) readElement(reader, bounds, double);
    else if (tag === 58) readElements(reader, bounds, double);
    else if (tag === 74) attributes.push(attributeReader.read());
    else if (tag === 80) point.flags = reader.uint32();
    else if (tag === 89) point.min = reader.double();
    else if (tag === 97) point.max = reader.double();
    else readTime(reader, tag, point);
  }
  reader.leave(end);
  return point;
}

/** Reads the length and the message behind an `ExponentialHistogramDataPoint`'s tag. */
export function readExponentialHistogramPoint(
  reader: ProtoReader,
  attributeReader: AttributeReader,
): ExponentialHistogramPoint {
  const end = reader.item();
  const attributes: Attribute[] = [];
  const positive: BucketsDraft = { offset: 0, counts: [] };
  const negative: BucketsDraft = { offset: 0, counts: [] };
  const point: Draft<ExponentialHistogramPoint> = {
    ...blank,
    attributes,
    count: 0,
    sum: undefined,
    min: undefined,
    max: undefined,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive,
    negative,
  };
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) attributes.push(attributeReader.read());
    else if (tag === 66) readBuckets(reader, positive);
    else if (tag === 74) readBuckets(reader, negative);
    else readExponentialField(reader, tag, point);
  }
  reader.leave(end);
  return point;
}

function readExponentialField(
  reader: ProtoReader,
  tag: number,
  point: Draft<ExponentialHistogramPoint>,
): void {
  if (tag === 33) point.count = reader.fixedUint64();
  else if (tag === 41) point.sum = reader.double();
  else if (tag === 48) point.scale = reader.sint32();
  else if (tag === 57) point.zeroCount = reader.fixedUint64();
  else if (tag === 80) point.flags = reader.uint32();
  else if (tag === 97) point.min = reader.double();
  else if (tag === 105) point.max = reader.double();
  else if (tag === 113) point.zeroThreshold = reader.double();
  else readTime(reader, tag, point);
}

interface BucketsDraft extends Buckets {
  offset: number;
  readonly counts: Value[];
}

/** Adds to what is there, for a message may come in parts. */
function readBuckets(reader: ProtoReader, buckets: BucketsDraft): void {
  const end = reader.end();
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 8) buckets.offset = reader.sint32();
    else if (tag === 16) readElement(reader, buckets.counts, uint64);
    else if (tag === 18) readElements(reader, buckets.counts, uint64);
    else reader.skip(tag);
  }
  reader.leave(end);
}

/** Reads the length and the message behind a `SummaryDataPoint`'s tag. */
export function readSummaryPoint(reader: ProtoReader, attributeReader: AttributeReader): SummaryPoint {
  const end = reader.item();
  const attributes: Attribute[] = [];
  const quantiles: Quantile[] = [];
  const point: Draft<SummaryPoint> = { ...blank, attributes, count: 0, sum: 0, quantiles };
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 33) point.count = reader.fixedUint64();
    else if (tag === 41) point.sum = reader.double();
    else if (tag === 50) quantiles.push(readQuantile(reader));
    else if (tag === 58) attributes.push(attributeReader.read());
    else if (tag === 64) point.flags = reader.uint32();
    else readTime(reader, tag, point);
  }
  reader.leave(end);
  return point;
}

function readQuantile(reader: ProtoReader): Quantile {
  const end = reader.item();
  let quantile = 0;
  let value = 0;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 9) quantile = reader.double();
    else if (tag === 17) value = reader.double();
    else reader.skip(tag);
  }
  reader.leave(end);
  return { quantile, value };
}

const blank = { start: 0, startNanos: 0, time: 0, timeNanos: 0, flags: 0 } as const;

/** The times have the same tags in points of all kinds; any other field is passed over. */
function readTime(reader: ProtoReader, tag: number, point: Draft<PointBase>): void {
  if (tag === 17) {
    reader.fixed64();
    point.start = microsOf(reader.high, reader.low);
    point.startNanos = nanosOf(reader.high, reader.low);
  } else if (tag === 25) {
    reader.fixed64();
    point.time = microsOf(reader.high, reader.low);
    point.timeNanos = nanosOf(reader.high, reader.low);
  } else reader.skip(tag);
}

const fixedUint64 = (reader: ProtoReader): Value => reader.fixedUint64();
const uint64 = (reader: ProtoReader): Value => reader.uint64();
const double = (reader: ProtoReader): number => reader.double();

function readElement<Element>(
  reader: ProtoReader,
  list: Element[],
  read: (reader: ProtoReader) => Element,
): void {
  reader.element();
  list.push(read(reader));
}

/** A list in one field, without tags between. A reader of protobuf takes either form of a list. */
function readElements<Element>(
  reader: ProtoReader,
  list: Element[],
  read: (reader: ProtoReader) => Element,
): void {
  const end = reader.end();
  while (reader.position < end) readElement(reader, list, read);
  reader.leave(end);
}
