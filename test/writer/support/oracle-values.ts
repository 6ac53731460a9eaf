import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';

const seconds = fc.integer({ min: 1, max: 9_000_000_000 });

/** A time as the SDK has it: seconds and nanoseconds. */
export const hrTime = fc.tuple(seconds, fc.integer({ min: 0, max: 999_999_999 }));

export const key = fc.stringMatching(/^[a-z.]{1,12}$/);

/** Minus zero is not to be had in JSON. */
export const finiteDouble = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0);

/** Exporters send a number without a fraction as an integer. */
export const fraction = fc.double({ noDefaultInfinity: true, noNaN: true, noInteger: true });

const attributeValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fraction,
  fc.array(fc.string(), { maxLength: 3 }),
);

export const attributes = fc.dictionary(key, attributeValue, { maxKeys: 5, noNullPrototype: true });

/** Text as the decoder gives it. */
export const cleaned = (value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value;

/** Attributes as the decoder gives them. */
export const attributesOf = (pairs: Attributes) =>
  Object.entries(pairs).map(([name, value]) => ({
    key: name,
    value: Array.isArray(value) ? value.map(cleaned) : cleaned(value),
  }));

type Time = readonly [number, number];

/** The whole microseconds of a time. */
export const microsOf = ([whole, nanos]: Time) => whole * 1e6 + Math.floor(nanos / 1000);

/** What every point has, as the decoder gives it. */
export const pointBaseOf = (pairs: Attributes, start: Time, time: Time) => ({
  attributes: attributesOf(pairs),
  start: microsOf(start),
  startNanos: start[1] % 1000,
  time: microsOf(time),
  timeNanos: time[1] % 1000,
  flags: 0,
});
