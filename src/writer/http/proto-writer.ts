/** Fields of small protobuf messages, for answers; a field number is at most 15. */

export function varintField(field: number, value: number): Uint8Array {
  return Buffer.from([field << 3, ...varint(value)]);
}

export function textField(field: number, text: string): Uint8Array {
  return messageField(field, Buffer.from(text));
}

export function messageField(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content]);
}

/** Exact up to 2^53. */
function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
