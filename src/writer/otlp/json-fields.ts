import type { Value } from '../../metric/row.ts';
import { cleanText } from './clean-text.ts';
import { DecodeFailure } from './decode-failure.ts';
import { narrowed } from './exact-integer.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Thrown when a 64-bit field came as a JSON number too large for a double: the body must be parsed once more with such
 * numbers as text. Thrown again, it is a failure like any other.
 */
export class LargeNumberFound extends DecodeFailure {}

const maxUint64 = 2n ** 64n - 1n;
const maxInt64 = 2n ** 63n - 1n;
const twoTo64 = 2 ** 64;
const integer = /^-?\d{1,20}$/;
/** The other forms of a number, which protobuf's JSON allows for integers too. */
const scientific = /^(-?\d{1,20})(?:\.(\d{1,20}))?(?:[eE]([+-]?\d{1,2}))?$/;
/** Digits that a double holds exactly, whichever they are. */
const shortInteger = /^-?\d{1,15}$/;
const shortDigits = /^\d{1,15}$/;
const digits = /^\d{1,10}$/;
const shortNanoseconds = /^\d{4,19}$/;
const decimal = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

function fail(field: string, wanted: string): never {
  throw new DecodeFailure(field, `${field} is not ${wanted}`);
}

/** In protobuf's JSON, null is the same as nothing. */
const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

export const isGiven = (value: unknown): boolean => !isAbsent(value);

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown, field: string): JsonObject | undefined {
  if (isAbsent(value)) return undefined;
  return isObject(value) ? value : fail(field, 'an object');
}

export function listOf(value: unknown, field: string): readonly unknown[] {
  if (isAbsent(value)) return [];
  return Array.isArray(value) ? value : fail(field, 'an array');
}

/** A list of messages; a null in it is none. */
export function objectsOf(value: unknown, field: string): readonly JsonObject[] {
  return listOf(value, field).map((item) => (isObject(item) ? item : fail(field, 'an array of objects')));
}

export function textOf(value: unknown, field: string): string {
  if (isAbsent(value)) return '';
  return typeof value === 'string' ? cleanText(value) : fail(field, 'a string');
}

export function booleanOf(value: unknown, field: string): boolean {
  if (isAbsent(value)) return false;
  return typeof value === 'boolean' ? value : fail(field, 'true or false');
}

/** A bit field, as a number or, like every integer in protobuf's JSON, as a string. */
export function bitsOf(value: unknown, field: string): number {
  return uint32Of(typeof value === 'string' && digits.test(value) ? Number(value) : value, field);
}

function uint32Of(value: unknown, field: string): number {
  if (isAbsent(value)) return 0;
  const isUint32 = typeof value === 'number' && value >>> 0 === value;
  return isUint32 ? value + 0 : fail(field, 'an integer from 0 to 4294967295');
}

/** Enums are numbers and nothing else in OTLP's JSON. */
export function enumOf(value: unknown, field: string): number {
  if (isAbsent(value)) return 0;
  const isInt32 = typeof value === 'number' && (value | 0) === value;
  return isInt32 ? value + 0 : fail(field, 'an integer of 32 bits');
}

/** A signed 32-bit integer, as a string or as a number. */
export function int32Of(value: unknown, field: string): number {
  return enumOf(typeof value === 'string' && shortInteger.test(value) ? Number(value) : value, field);
}

/** An unsigned 64-bit integer, as a string or as a number. */
export function uint64FieldOf(value: unknown, field: string): Value {
  if (isAbsent(value)) return 0;
  // Adding 0 makes the 0 of -0.
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value + 0;
  if (typeof value === 'string' && shortDigits.test(value)) return Number(value);
  const exact = bigintOf(value, field);
  if (exact === undefined || exact < 0n || exact > maxUint64) fail(field, 'an unsigned 64-bit integer');
  return narrowed(exact);
}

/**
 * A signed 64-bit integer, as a string or as a number. Exporters in JavaScript call any number without a fraction an integer: one beyond 64 bits
 * is taken for the double that it was there, or a whole request would be lost.
 */
export function int64FieldOf(value: unknown, field: string): Value {
  // Adding 0 makes the 0 of -0.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0;
  if (typeof value === 'string' && shortInteger.test(value)) return Number(value) + 0;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) > twoTo64) return value;
  const exact = bigintOf(value, field);
  if (exact === undefined) fail(field, 'a 64-bit integer');
  return exact > maxInt64 || exact < -maxInt64 - 1n ? Number(exact) : narrowed(exact);
}

export interface Nanoseconds {
  readonly micros: number;
  readonly nanos: number;
}

const never: Nanoseconds = { micros: 0, nanos: 0 };

/** A count of nanoseconds, as a string or as a number, in whole microseconds and the rest. */
export function nanosecondsOf(value: unknown, field: string): Nanoseconds {
  if (isAbsent(value)) return never;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
    return { micros: Math.floor(value / 1000) + 0, nanos: (value % 1000) + 0 };
  if (typeof value === 'string' && shortNanoseconds.test(value))
    return { micros: Number(value.slice(0, -3)), nanos: Number(value.slice(-3)) };
  const exact = bigintOf(value, field);
  if (exact === undefined || exact < 0n || exact > maxUint64) fail(field, 'a count of nanoseconds');
  return { micros: Number(exact / 1000n), nanos: Number(exact % 1000n) };
}

function bigintOf(value: unknown, field: string): bigint | undefined {
  if (typeof value === 'string') return integer.test(value) ? BigInt(value) : wholeNumberOf(value);
  if (typeof value === 'number' && Number.isInteger(value))
    throw new LargeNumberFound(field, `${field} is not a 64-bit integer`);
  return undefined;
}

/** `4.2e1` is 42; undefined for what is no whole number. */
function wholeNumberOf(text: string): bigint | undefined {
  const [, whole, fraction = '', exponent = '0'] = scientific.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const digits = BigInt(whole + fraction);
  const places = Number(exponent) - fraction.length;
  if (places >= 0) return digits * 10n ** BigInt(places);
  const unit = 10n ** BigInt(-places);
  return digits % unit === 0n ? digits / unit : undefined;
}

export function doubleOf(value: unknown, field: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (typeof value === 'string' && decimal.test(value)) return Number(value);
  return fail(field, 'a number, "NaN", "Infinity" or "-Infinity"');
}

export function optionalDoubleOf(value: unknown, field: string): number | undefined {
  return isAbsent(value) ? undefined : doubleOf(value, field);
}

/** Base64; exporters in JavaScript wrote numbers until 2026, for which a whole request would be lost. */
export function bytesOf(value: unknown, field: string): Uint8Array {
  if (typeof value === 'string') return new Uint8Array(Buffer.from(value, 'base64'));
  const numbers = numbersIn(value);
  return numbers?.every(isByte) ? Uint8Array.from(numbers) : fail(field, 'a base64 string');
}

/** What JavaScript makes of bytes in JSON: a list, an object of a list for a buffer, and one of the places for other arrays of bytes. */
function numbersIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return undefined;
  if (value.type === 'Buffer' && Array.isArray(value.data)) return value.data;
  const isByPlace = Object.keys(value).every((key, place) => key === String(place));
  return isByPlace ? Object.values(value) : undefined;
}

const isByte = (value: unknown): value is number => typeof value === 'number' && (value & 0xff) === value;
