import { varint } from '../writer/support/proto-bytes.ts';

/** A field of a protobuf message as it is on the wire. */
export interface Field {
  readonly number: number;
  /** 0 a varint, 1 and 5 fixed, 2 with a length; others are none of protobuf's or no longer. */
  readonly wire: number;
  /** A list where the bytes read as a message. */
  readonly value: bigint | Uint8Array | Field[];
  /** How much the length that is written differs from the true one. */
  readonly lie?: number;
}

/** The fields of a message, those within it too; undefined when it is none. Text that reads as a message is taken for one. */
export function parseFields(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  const view = Buffer.from(bytes);
  let at = 0;
  const readVarint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = readVarint();
    if (tag === undefined || tag < 8n || tag >= 2n ** 32n) return undefined;
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    const size = { 1: 8, 5: 4 }[wire];
    if (size !== undefined) {
      if (at + size > bytes.length) return undefined;
      fields.push({
        number,
        wire,
        value: size === 8 ? view.readBigUInt64LE(at) : BigInt(view.readUInt32LE(at)),
      });
      at += size;
      continue;
    }
    const value = readVarint();
    if (value === undefined || (wire !== 0 && wire !== 2)) return undefined;
    if (wire === 0) {
      fields.push({ number, wire, value });
      continue;
    }
    const content = bytes.subarray(at, at + Number(value));
    if (content.length !== Number(value)) return undefined;
    at += content.length;
    const inner = content.length > 0 ? parseFields(content) : undefined;
    fields.push({ number, wire, value: inner ?? content });
  }
  return fields;
}

export function writeFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => [Buffer.from(varint(field.number * 8 + field.wire)), contentOf(field)]),
  );
}

function contentOf({ wire, value, lie = 0 }: Field): Uint8Array {
  if (typeof value === 'bigint') return numberOf(wire, value);
  const content = Array.isArray(value) ? writeFields(value) : value;
  return Buffer.concat([Buffer.from(varint(Math.max(0, content.length + lie))), content]);
}

function numberOf(wire: number, value: bigint): Uint8Array {
  if (wire !== 1 && wire !== 5) return Buffer.from(varint(value));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return wire === 1 ? bytes : bytes.subarray(0, 4);
}
