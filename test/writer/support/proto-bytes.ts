/** Protobuf by hand, field by field: what no encoder would send can be written with it. */
export type Bytes = readonly number[];

export function varint(value: number | bigint): Bytes {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const tag = (field: number, wireType: number): Bytes => varint(field * 8 + wireType);

export const number = (field: number, value: number | bigint): Bytes => [...tag(field, 0), ...varint(value)];

export const bytesOfFixed64 = (value: bigint): Bytes => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return [...bytes];
};

export const bytesOfDouble = (value: number): Bytes => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [...bytes];
};

export const fixed64 = (field: number, value: bigint): Bytes => [...tag(field, 1), ...bytesOfFixed64(value)];

export const double = (field: number, value: number): Bytes => [...tag(field, 1), ...bytesOfDouble(value)];

export const fixed32 = (field: number, value = 0x04030201): Bytes => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return [...tag(field, 5), ...bytes];
};

/** A signed number in the form that keeps small ones short. */
export const zigzag = (field: number, value: number): Bytes =>
  number(field, BigInt.asUintN(32, (BigInt(value) << 1n) ^ (BigInt(value) >> 31n)));

export const group = (field: number, ...inner: readonly Bytes[]): Bytes => [
  ...tag(field, 3),
  ...inner.flat(),
  ...tag(field, 4),
];

/** A message, or bytes of any other kind. */
export function message(field: number, ...inner: readonly Bytes[]): Bytes {
  const bytes = inner.flat();
  return [...tag(field, 2), ...varint(bytes.length), ...bytes];
}

export const text = (field: number, value: string): Bytes => message(field, [...Buffer.from(value)]);

export const attribute = (key: string, value: string): Bytes =>
  message(7, text(1, key), message(2, text(1, value)));

/** A request with one gauge whose points have these bytes. */
export function gaugeOf(...points: readonly Bytes[]): Uint8Array {
  const gauge = message(5, ...points.map((point) => message(1, point)));
  return requestOf(message(2, text(1, 'a.gauge'), gauge));
}

/** A request with one metric whose data, in this field of `Metric`, has points of these bytes. */
export const metricOf = (field: number, ...points: readonly Bytes[]): Uint8Array =>
  requestOf(message(2, message(field, ...points.map((point) => message(1, point)))));

/** A request with one log record. */
export const logOf = (...fields: readonly Bytes[]): Uint8Array => requestOf(message(2, ...fields));

/** A request with one scope that holds these fields. */
export function requestOf(...scopeFields: readonly Bytes[]): Uint8Array {
  return Uint8Array.from(message(1, message(2, ...scopeFields)));
}
