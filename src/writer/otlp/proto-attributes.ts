import { maxValueDepth } from './decode-failure.ts';
import { int64Of } from './exact-integer.ts';
import type { Attribute, AttributeValue } from './model.ts';
import type { ProtoReader } from './proto-reader.ts';

/** The cache has slots for as many attributes as fill the body, within these bounds; all are powers of two. */
const minSlots = 64;
const maxSlots = 8192;
const bytesPerSlot = 64;

interface Slot {
  readonly start: number;
  readonly length: number;
  readonly attribute: Attribute;
}

/**
 * Reads `KeyValue` messages. The points of one request repeat the same few attributes over and over, so one whose bytes
 * were read before is given again as the same object: no text is decoded and nothing is allocated for it.
 */
export class AttributeReader {
  readonly #reader: ProtoReader;
  /** One slot a hash: a clash costs a second decoding, never memory. */
  readonly #seen: (Slot | undefined)[];
  readonly #mask: number;
  readonly #gathered: Attribute[] = [];
  #count = 0;

  constructor(reader: ProtoReader) {
    this.#reader = reader;
    const wanted = 2 ** Math.ceil(Math.log2(reader.bytes.length / bytesPerSlot + 1));
    const slots = Math.min(maxSlots, Math.max(minSlots, wanted));
    this.#seen = new Array<Slot | undefined>(slots).fill(undefined);
    this.#mask = slots - 1;
  }

  /** Reads the length and the message behind an attribute's tag. */
  read(): Attribute {
    const reader = this.#reader;
    const end = reader.item();
    const start = reader.position;
    const hash = this.#hash(start, end);
    const known = this.#seen[hash];
    const length = end - start;
    if (known !== undefined && known.length === length && reader.isSame(known.start, start, length)) {
      reader.position = end;
      return known.attribute;
    }
    const attribute = readKeyValue(reader, end, 0);
    this.#seen[hash] = { start, length, attribute };
    return attribute;
  }

  /** Reads an attribute of a list, which `takeGathered` gives. */
  gather(): void {
    this.#gathered[this.#count] = this.read();
    this.#count += 1;
  }

  /** What was gathered since the last time, in an array that fits: one that grew by `push` would be several times as large. */
  takeGathered(): readonly Attribute[] {
    const list = this.#gathered.slice(0, this.#count);
    this.#count = 0;
    return list;
  }

  /** The last bytes tell attributes apart best: ids and states differ there. */
  #hash(start: number, end: number): number {
    const reader = this.#reader;
    let hash = end - start;
    if (hash >= 12) for (let back = 4; back <= 12; back += 4) hash = mixed(hash, reader.wordAt(end - back));
    else for (let index = start; index < end; index += 1) hash = mixed(hash, reader.bytes[index] ?? 0);
    // The third byte is the first of the key: keys with equal values share no slot.
    return mixed(hash, reader.bytes[start + 2] ?? 0) & this.#mask;
  }
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return product ^ (product >>> 15);
}

function readKeyValue(reader: ProtoReader, end: number, depth: number): Attribute {
  let key = '';
  let value: AttributeValue;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) key = reader.text();
    else if (tag === 18) value = readAnyValue(reader, reader.end(), depth) ?? value;
    else reader.skip(tag);
  }
  reader.leave(end);
  return { key, value };
}

/** Reads an `AnyValue` up to its end; `depth` is how deep it is in others. A part of one that says nothing leaves what others said. */
export function readAnyValue(reader: ProtoReader, end: number, depth: number): AttributeValue {
  if (depth > maxValueDepth) reader.fail('attribute values nest too deep');
  let value: AttributeValue;
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        value = reader.text();
        break;
      case 16:
        reader.varint();
        value = reader.low !== 0 || reader.high !== 0;
        break;
      case 24:
        reader.varint();
        value = int64Of(reader.high, reader.low);
        break;
      case 33:
        value = reader.double();
        break;
      case 42:
        value = readArray(reader, reader.end(), depth);
        break;
      case 50:
        value = readMap(reader, reader.end(), depth);
        break;
      case 58:
        value = reader.copyBytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(end);
  return value;
}

function readArray(reader: ProtoReader, end: number, depth: number): readonly AttributeValue[] {
  const values: AttributeValue[] = [];
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) values.push(readAnyValue(reader, reader.item(), depth + 1));
    else reader.skip(tag);
  }
  reader.leave(end);
  return values;
}

function readMap(reader: ProtoReader, end: number, depth: number): ReadonlyMap<string, AttributeValue> {
  const values = new Map<string, AttributeValue>();
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) {
      const { key, value } = readKeyValue(reader, reader.item(), depth + 1);
      values.set(key, value);
    } else reader.skip(tag);
  }
  reader.leave(end);
  return values;
}
