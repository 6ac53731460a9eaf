/** The fields of a small protobuf message by number: varints as numbers, everything else as bytes. */
export function fieldsOf(bytes: Uint8Array): ReadonlyMap<number, number | Buffer> {
  const buffer = Buffer.from(bytes);
  const fields = new Map<number, number | Buffer>();
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = buffer.readUInt8(position);
      position += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (position < buffer.length) {
    const tag = varint();
    const value = varint();
    if ((tag & 7) === 0) fields.set(tag >> 3, value);
    else {
      fields.set(tag >> 3, buffer.subarray(position, position + value));
      position += value;
    }
  }
  return fields;
}

export function textIn(fields: ReadonlyMap<number, number | Buffer>, field: number): string {
  const value = fields.get(field);
  return Buffer.isBuffer(value) ? value.toString() : '';
}

export function messageIn(
  fields: ReadonlyMap<number, number | Buffer>,
  field: number,
): ReadonlyMap<number, number | Buffer> {
  const value = fields.get(field);
  return fieldsOf(Buffer.isBuffer(value) ? value : Buffer.alloc(0));
}
