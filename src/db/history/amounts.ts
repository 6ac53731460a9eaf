import type { ColumnType } from '../../catalog/table.ts';
import type { Value } from '../../metric/row.ts';

/** How figures of a column are added and taken from each other: integers exactly, however large. */
export interface Arithmetic {
  add(a: Value, b: Value): Value;
  subtract(a: Value, b: Value): Value;
}

export function arithmeticOf(type: ColumnType): Arithmetic {
  return type === 'bigint' ? ofIntegers : ofDoubles;
}

const ofDoubles: Arithmetic = {
  add: (a, b) => Number(a) + Number(b),
  subtract: (a, b) => Number(a) - Number(b),
};

const ofIntegers: Arithmetic = {
  add(a, b) {
    const sum = Number(a) + Number(b);
    return areSafe(a, b, sum) ? sum : exactOf(BigInt(a) + BigInt(b));
  },
  subtract(a, b) {
    const difference = Number(a) - Number(b);
    return areSafe(a, b, difference) ? difference : exactOf(BigInt(a) - BigInt(b));
  },
};

/** Of safe integers also what they come to is exact where it is safe. */
function areSafe(a: Value, b: Value, result: number): boolean {
  return typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(result);
}

function exactOf(integer: bigint): Value {
  const value = Number(integer);
  return Number.isSafeInteger(value) ? value : integer;
}
