import type { Value } from '../../metric/row.ts';
import { cleanText } from './clean-text.ts';
import { DecodeFailure } from './decode-failure.ts';
import { uint64Of } from './exact-integer.ts';
import { elementCost, itemCost } from './item-cost.ts';

/** Wire types: the low three bits of a tag. */
const varintType = 0;
const fixed64Type = 1;
const lengthType = 2;
const startGroupType = 3;
const endGroupType = 4;
const fixed32Type = 5;

/** What is kept of a body in one step: some ten milliseconds' worth, and more than most bodies hold. */
const itemsPerStep = 100_000;

/** Groups nest in no message of ours; a few levels are enough to step over any that a sender made up. */
const maxGroupDepth = 32;

/**
 * A cursor over protobuf bytes. A tag is a field number times 8 plus its wire type, so a known field with a wire type
 * that is not its own is skipped like an unknown one. A caller reads tags while `position` is before the end of its message and then
 * calls `leave(end)`, which finds out whether the last field ran past that end.
 */
export class ProtoReader {
  readonly bytes: Uint8Array;
  position = 0;
  /** Halves of the last 64-bit integer that was read, each 0 to 2^32 - 1. */
  low = 0;
  high = 0;
  readonly #text: Buffer;
  readonly #view: DataView;
  #costLeft: number;
  #costLeftAfterStep: number;
  readonly #maxItems: number;

  constructor(bytes: Uint8Array, maxItems: number) {
    this.bytes = bytes;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#maxItems = maxItems;
    this.#costLeft = maxItems * itemCost;
    this.#costLeftAfterStep = this.#costLeft - itemsPerStep * itemCost;
  }

  tag(): number {
    const start = this.position;
    const first = this.bytes[start];
    if (first !== undefined && first < 0x80 && first >= 8) {
      this.position = start + 1;
      return first;
    }
    this.varint();
    if (this.high !== 0 || this.low < 8) this.#fail(start, 'a field has no valid tag');
    return this.low;
  }

  /** Reads a varint of any length into `low` and `high`. */
  varint(): void {
    const start = this.position;
    this.low = 0;
    this.high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.position];
      if (byte === undefined) this.#fail(start, 'a number is cut short');
      this.position += 1;
      this.#addBits(byte & 0x7f, shift);
      if (byte < 0x80) return;
    }
    this.#fail(start, 'a number has more than ten bytes');
  }

  #addBits(bits: number, shift: number): void {
    if (shift < 28) this.low |= bits << shift;
    else if (shift === 28) {
      this.low = (this.low | (bits << 28)) >>> 0;
      this.high = bits >>> 4;
    } else this.high = (this.high | (bits << (shift - 32))) >>> 0;
  }

  /** A varint of which only 32 bits are of interest. */
  uint32(): number {
    const byte = this.bytes[this.position];
    if (byte !== undefined && byte < 0x80) {
      this.position += 1;
      return byte;
    }
    this.varint();
    return this.low;
  }

  /** A signed integer in the form that keeps small ones short, of which only 32 bits are of interest. */
  sint32(): number {
    const code = this.uint32();
    return (code >>> 1) ^ -(code & 1);
  }

  uint64(): Value {
    const byte = this.bytes[this.position];
    if (byte !== undefined && byte < 0x80) {
      this.position += 1;
      return byte;
    }
    this.varint();
    return uint64Of(this.high, this.low);
  }

  fixed32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  fixed64(): void {
    const start = this.#advance(8);
    this.low = this.#view.getUint32(start, true);
    this.high = this.#view.getUint32(start + 4, true);
  }

  fixedUint64(): Value {
    this.fixed64();
    return uint64Of(this.high, this.low);
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** Reads the length of a text, bytes or message, and gives where it ends. */
  end(): number {
    const start = this.position;
    const byte = this.bytes[start];
    let length: number;
    if (byte !== undefined && byte < 0x80) {
      this.position = start + 1;
      length = byte;
    } else {
      this.varint();
      length = this.high * 2 ** 32 + this.low;
    }
    if (length > this.bytes.length - this.position)
      this.#fail(start, 'a field is longer than what is left of the body');
    return this.position + length;
  }

  /** As `end`, for a message that will be kept in memory: counts against the limit of items. */
  item(): number {
    this.#spend(itemCost);
    return this.end();
  }

  /** To be called for a number that will be kept in a list: a few of them count as an item. */
  element(): void {
    this.#spend(elementCost);
  }

  /** Whether so much was read since this was last so that others should have their turn. */
  isStepDone(): boolean {
    if (this.#costLeft > this.#costLeftAfterStep) return false;
    this.#costLeftAfterStep = this.#costLeft - itemsPerStep * itemCost;
    return true;
  }

  #spend(cost: number): void {
    this.#costLeft -= cost;
    if (this.#costLeft >= 0) return;
    const message = `the request holds more than ${this.#maxItems} points, attributes and the like`;
    throw new DecodeFailure(this.#offset(this.position), message, 'too_large');
  }

  leave(end: number): void {
    if (this.position !== end) this.#fail(this.position, 'a field runs past the end of its message');
  }

  text(): string {
    const end = this.end();
    const text = this.#text.toString('utf8', this.position, end);
    this.position = end;
    return cleanText(text);
  }

  /** Bytes as hexadecimal digits. */
  hex(): string {
    const end = this.end();
    const digits = this.#text.toString('hex', this.position, end);
    this.position = end;
    return digits;
  }

  /** A copy, so that what is kept does not hold on to the whole body; `slice` makes none of a Buffer. */
  copyBytes(): Uint8Array {
    const end = this.end();
    const copy = new Uint8Array(this.bytes.subarray(this.position, end));
    this.position = end;
    return copy;
  }

  /** Four bytes at a place in the body. */
  wordAt(position: number): number {
    return this.#view.getInt32(position, true);
  }

  /** Whether the same bytes stand in two places. */
  isSame(one: number, other: number, length: number): boolean {
    const view = this.#view;
    const lastWord = length - 4;
    let index = 0;
    for (; index < lastWord; index += 4)
      if (view.getInt32(one + index, true) !== view.getInt32(other + index, true)) return false;
    // The last word may overlap the one before it.
    if (lastWord >= 0) return view.getInt32(one + lastWord, true) === view.getInt32(other + lastWord, true);
    for (; index < length; index += 1)
      if (this.bytes[one + index] !== this.bytes[other + index]) return false;
    return true;
  }

  /** Steps over the field of a tag just read. */
  skip(tag: number): void {
    if ((tag & 7) === startGroupType) this.#skipGroup(tag, 1);
    else this.#skipValue(tag);
  }

  #skipGroup(start: number, depth: number): void {
    if (depth > maxGroupDepth) this.#fail(this.position, 'groups nest too deep');
    const end = start - startGroupType + endGroupType;
    for (let tag = this.tag(); tag !== end; tag = this.tag()) {
      if ((tag & 7) === startGroupType) this.#skipGroup(tag, depth + 1);
      else this.#skipValue(tag);
    }
  }

  #skipValue(tag: number): void {
    switch (tag & 7) {
      case varintType:
        this.varint();
        break;
      case fixed64Type:
        this.#advance(8);
        break;
      case lengthType:
        this.position = this.end();
        break;
      case fixed32Type:
        this.#advance(4);
        break;
      case endGroupType:
        this.#fail(this.position, 'a group ends that did not begin');
        break;
      default:
        this.#fail(this.position, 'a field has an unknown wire type');
    }
  }

  #advance(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) this.#fail(start, 'a number is cut short');
    this.position = start + length;
    return start;
  }

  #offset(position: number): string {
    return `byte ${position} of ${this.bytes.length}`;
  }

  /** Gives the body up at the place that is being read. */
  fail(what: string): never {
    this.#fail(this.position, what);
  }

  #fail(position: number, what: string): never {
    throw new DecodeFailure(this.#offset(position), what);
  }
}
