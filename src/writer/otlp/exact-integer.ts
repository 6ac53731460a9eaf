import type { Value } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';

const twoTo32 = 2 ** 32;
/** 2^32 nanoseconds are this many microseconds and 296 nanoseconds. */
const microsPerHigh = 4_294_967;
const nanosPerHigh = 296;

/** The whole microseconds of a 64-bit count of nanoseconds in halves; exact until the year 2255. */
export function microsOf(high: number, low: number): Micros {
  return high * microsPerHigh + Math.floor((high * nanosPerHigh + low) / 1000);
}

/** The nanoseconds, 0 to 999, above `microsOf`. */
export function nanosOf(high: number, low: number): number {
  const nanos = high * nanosPerHigh + low;
  // A remainder of such numbers is slow.
  return nanos - Math.floor(nanos / 1000) * 1000;
}

/** A signed 64-bit integer from unsigned halves: a number where that is exact, else a bigint. */
export function int64Of(high: number, low: number): Value {
  const signedHigh = high | 0;
  const value = signedHigh * twoTo32 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(signedHigh) << 32n) | BigInt(low);
}

/** An unsigned 64-bit integer from unsigned halves: a number where that is exact, else a bigint. */
export function uint64Of(high: number, low: number): Value {
  const value = high * twoTo32 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
}

/** A bigint as a number where that is exact. */
export function narrowed(value: bigint): Value {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
