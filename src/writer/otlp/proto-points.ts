import type { Value } from '../../metric/row.ts';
import { int64Of, microsOf, nanosOf } from './exact-integer.ts';
import type { NumberPoint } from './model.ts';
import type { AttributeReader } from './proto-attributes.ts';
import type { ProtoReader } from './proto-reader.ts';

/** Reads the length and the message behind a `NumberDataPoint`'s tag. */
export function readNumberPoint(reader: ProtoReader, attributeReader: AttributeReader): NumberPoint {
  const end = reader.item();
  let start = 0;
  let startNanos = 0;
  let time = 0;
  let timeNanos = 0;
  let value: Value | undefined;
  let flags = 0;
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 17:
        reader.fixed64();
        start = microsOf(reader.high, reader.low);
        startNanos = nanosOf(reader.high, reader.low);
        break;
      case 25:
        reader.fixed64();
        time = microsOf(reader.high, reader.low);
        timeNanos = nanosOf(reader.high, reader.low);
        break;
      case 33:
        value = reader.double();
        break;
      case 49:
        reader.fixed64();
        value = int64Of(reader.high, reader.low);
        break;
      case 58:
        attributeReader.gather();
        break;
      case 64:
        flags = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(end);
  const attributes = attributeReader.takeGathered();
  return { attributes, start, startNanos, time, timeNanos, value, flags };
}
