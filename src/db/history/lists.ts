import type { RollupColumn } from '../../catalog/rollup.ts';
import type { Value } from '../../metric/row.ts';
import { headerBytes, lengthAt, postgresEpochMicros } from '../rows/binary-array.ts';
import { integerOf } from '../rows/rows.ts';

/**
 * A column of many rows as one text, in any order: numbers and times as PostgreSQL's binary array, which neither side has to
 * write or read digit by digit.
 */
export function listText(expression: string, type: RollupColumn['type']): string {
  switch (type) {
    case 'text':
    case 'jsonb':
      return `json_agg(${expression})::text`;
    case 'numeric':
      return `array_agg(${expression})::text`;
    case 'bigint':
    case 'double precision':
    case 'timestamptz':
      return `encode(array_send(array_agg(${expression})), 'base64')`;
  }
}

/** Not a number where there is none. */
export function readTimes(list: string): Float64Array {
  return readIntegers(list, postgresEpochMicros);
}

/** Of a column without nulls. */
export function readAmounts(list: string, type: RollupColumn['type']): ArrayLike<Value> {
  if (type === 'numeric') return list.slice(1, -1).split(',').map(integerOf);
  if (type === 'double precision') return readDoubles(list);
  const integers = readIntegers(list, 0);
  return integers.every(Number.isSafeInteger) ? integers : readLarge(list);
}

// Typed arrays, filled without a call for each element: anything else leaves a piece of garbage for every number.

/** Exact where they are safe. */
function readIntegers(list: string, added: number): Float64Array {
  const view = viewOf(list);
  const values = new Float64Array(view.getInt32(lengthAt));
  let at = headerBytes;
  for (let index = 0; index < values.length; index += 1) {
    const isNull = view.getInt32(at) < 0;
    values[index] = isNull
      ? Number.NaN
      : view.getInt32(at + 4) * 0x1_0000_0000 + view.getUint32(at + 8) + added;
    at += isNull ? 4 : 12;
  }
  return values;
}

function readDoubles(list: string): Float64Array {
  const view = viewOf(list);
  const values = new Float64Array(view.getInt32(lengthAt));
  for (let index = 0; index < values.length; index += 1) {
    values[index] = view.getFloat64(headerBytes + index * 12 + 4);
  }
  return values;
}

/** Integers of which some are too large for a double. */
function readLarge(list: string): readonly Value[] {
  const view = viewOf(list);
  return Array.from({ length: view.getInt32(lengthAt) }, (_, index) => {
    const value = view.getBigInt64(headerBytes + index * 12 + 4);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  });
}

function viewOf(list: string): DataView {
  const bytes = Buffer.from(list, 'base64');
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
