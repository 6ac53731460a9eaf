import fc from 'fast-check';
import type { Row, Value } from '../../../src/metric/row.ts';
import type { Micros } from '../../../src/metric/time.ts';
import { containerRow } from '../../support/sample-row.ts';

/** An hour begins here, a day ago; what is drawn lies within `drawnMicros` of it. */
export const base: Micros = (Math.floor(Date.now() / 3600e3) - 24) * 3600e6;
export const drawnMicros = 3 * 3600e6;

const minute = 60e6;

/** Times on the borders of buckets, a microsecond beside them, and anywhere; many of them close together, some far apart. */
export const moment: fc.Arbitrary<Micros> = fc
  .oneof(
    fc.integer({ min: 0, max: 36 }).map((bucket) => bucket * 5 * minute),
    fc.integer({ min: 1, max: 36 }).map((bucket) => bucket * 5 * minute - 1),
    fc.integer({ min: 0, max: 35 }).map((bucket) => bucket * 5 * minute + 1),
    fc.integer({ min: 0, max: 30 }).map((half) => half * minute * 0.5),
    fc.integer({ min: 0, max: 179 }).map((whole) => whole * minute),
    fc.integer({ min: 0, max: drawnMicros - 1 }),
  )
  .map((offset) => base + offset);

/** When a counter began: before all samples, again and again by a few seconds off, or between samples. */
const start: fc.Arbitrary<Micros> = fc.oneof(
  fc.integer({ min: -8, max: 8 }).map((seconds) => base - 3600e6 + seconds * 1e6),
  fc.integer({ min: -6e6, max: 6e6 }).map((micros) => base + 90 * minute + micros),
  moment,
);

const most = 2n ** 63n - 1n;
const asValue = (whole: bigint): Value => (Number.isSafeInteger(Number(whole)) ? Number(whole) : whole);

/** Small, about the last integer that a double holds exactly, and about the greatest of the database. */
const count: fc.Arbitrary<Value> = fc
  .oneof(
    fc.bigInt({ min: 0n, max: 50n }),
    fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
    fc.bigInt({ min: most - 3n, max: most }),
  )
  .map(asValue);
const integer: fc.Arbitrary<Value> = fc.oneof(
  count,
  fc.bigInt({ min: -most - 1n, max: -most + 2n }).map(asValue),
  fc.integer({ min: -50, max: -1 }),
);
const amount = fc.double({ min: 0, max: 1000, noNaN: true, noDefaultInfinity: true });
const double = fc.double({ min: -1000, max: 1000, noNaN: true, noDefaultInfinity: true });

const drawn = fc.record(
  {
    id: fc.constantFrom('a', 'b'),
    time: moment,
    start,
    cpuTimeUser: amount,
    networkReceive: count,
    cpuUsage: double,
    memoryUsage: integer,
    state: fc.constantFrom('running', 'paused', 'exited'),
    health: fc.constantFrom('healthy', 'unhealthy'),
    name: fc.constantFrom('web', 'job'),
    label: fc.constantFrom('x', 'y'),
  },
  { requiredKeys: ['id', 'time'], noNullPrototype: true },
);

type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

function rowOf({ id, time, start: began, state, health, name, label, ...values }: Drawn): Row {
  return containerRow(id, {
    time,
    ...(began === undefined ? {} : { start: began }),
    info: known({ 'container.name': name, 'container.label.tier': label }),
    values: known(values),
    states: known({ state, health }),
  });
}

function known<T>(record: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const there: Record<string, T> = {};
  for (const [key, value] of Object.entries(record)) if (value !== undefined) there[key] = value;
  return there;
}

/**
 * Rows of two containers in any order, some of them with the same key, which repeat or complete each other; those at the end
 * are late. All kinds of metric, any of them absent.
 */
export const deliveries: fc.Arbitrary<{ readonly early: readonly Row[]; readonly late: readonly Row[] }> =
  fc.record({
    early: fc.array(drawn.map(rowOf), { maxLength: 40 }),
    late: fc.array(drawn.map(rowOf), { maxLength: 6 }),
  });
