/**
 * One-dimensional arrays as PostgreSQL receives them in binary (`array_recv`). Nothing is written as text and read back, so
 * that every value is exact, and an insert from such arrays is faster than COPY of the same rows as text.
 */

const oid = { bigint: 20, text: 25, double: 701, timestamptz: 1184, jsonb: 3802 } as const;
export const headerBytes = 20;
/** Where in the header the length is. */
export const lengthAt = 12;

/** PostgreSQL counts microseconds from the year 2000. */
export const postgresEpochMicros = 946_684_800_000_000;

type Cell<T> = (index: number) => T | undefined;

export function doubleArray(length: number, cell: Cell<number>): Buffer {
  return fixedArray(oid.double, length, (view, offset, index) => {
    const value = cell(index);
    if (value === undefined) return false;
    view.setFloat64(offset, value);
    return true;
  });
}

export function bigintArray(length: number, cell: Cell<number | bigint>): Buffer {
  return fixedArray(oid.bigint, length, (view, offset, index) => {
    const value = cell(index);
    if (value === undefined) return false;
    writeInteger(view, offset, value);
    return true;
  });
}

/** Times are microseconds since 1970. */
export function timeArray(length: number, cell: Cell<number>): Buffer {
  return fixedArray(oid.timestamptz, length, (view, offset, index) => {
    const time = cell(index);
    if (time === undefined) return false;
    writeInteger(view, offset, time - postgresEpochMicros);
    return true;
  });
}

export function textArray(length: number, cell: Cell<string>): Buffer {
  return variableArray(oid.text, length, (index) => {
    const text = cell(index);
    return text === undefined ? undefined : storableText(text);
  });
}

/** The documents are JSON already. */
export function jsonbArray(length: number, cell: Cell<string>): Buffer {
  return variableArray(oid.jsonb, length, (index) => {
    const text = cell(index);
    // The version of jsonb's binary form.
    return text === undefined ? undefined : `\u0001${text}`;
  });
}

/** Text as PostgreSQL can store it: U+0000 and lone surrogates, which would fail a whole batch, become U+FFFD. */
export function storableText(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}

/** `write` says whether there was a value. */
function fixedArray(
  type: number,
  length: number,
  write: (view: DataView, offset: number, index: number) => boolean,
): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + length * 12);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  let offset = writeHeader(view, type, length);
  for (let index = 0; index < length; index += 1) {
    const known = write(view, offset + 4, index);
    view.setInt32(offset, known ? 8 : -1);
    offset += known ? 12 : 4;
  }
  return buffer.subarray(0, offset);
}

function variableArray(type: number, length: number, cell: Cell<string>): Buffer {
  const texts: (string | undefined)[] = [];
  let size = headerBytes;
  for (let index = 0; index < length; index += 1) {
    const text = cell(index);
    texts.push(text);
    // A UTF-16 unit takes three bytes of UTF-8 at most.
    size += 4 + (text === undefined ? 0 : text.length * 3);
  }
  const buffer = Buffer.allocUnsafe(size);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  let offset = writeHeader(view, type, length);
  for (const text of texts) {
    const bytes = text === undefined ? -1 : buffer.write(text, offset + 4);
    view.setInt32(offset, bytes);
    offset += 4 + Math.max(bytes, 0);
  }
  return buffer.subarray(0, offset);
}

/** One dimension, nulls allowed, the element type, the length, and 1 as the first subscript. */
function writeHeader(view: DataView, type: number, length: number): number {
  view.setInt32(0, 1);
  view.setInt32(4, 1);
  view.setInt32(8, type);
  view.setInt32(lengthAt, length);
  view.setInt32(16, 1);
  return headerBytes;
}

function writeInteger(view: DataView, offset: number, value: number | bigint): void {
  if (typeof value === 'bigint' || !Number.isSafeInteger(value)) view.setBigInt64(offset, BigInt(value));
  else {
    const high = Math.floor(value / 0x1_0000_0000);
    view.setInt32(offset, high);
    view.setUint32(offset + 4, value - high * 0x1_0000_0000);
  }
}
