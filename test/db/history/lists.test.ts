import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beganAnew } from '../../../src/db/history/counter.ts';
import { listText, readAmounts, readTimes } from '../../../src/db/history/lists.ts';
import { microsToIso } from '../../../src/metric/time.ts';
import { historyDatabase } from '../../support/history-fixture.ts';

const database = historyDatabase();

/** These values as the database sends a list of them. */
async function listOf(values: readonly unknown[], type: Parameters<typeof listText>[1]): Promise<string> {
  const text = `select ${listText('value', type)} as list from unnest($1::text[]::${type}[]) as value`;
  const { rows } = await database.pool.query(text, [
    values.map((value) => (value === null ? null : String(value))),
  ]);
  return String(rows[0]?.list);
}

const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const small = fc.integer({ min: -100, max: 100 });

describe('lists that the database sends', () => {
  it.each(['bigint', 'numeric'] as const)('hold every %s exactly', async (type) => {
    const some = fc.array(fc.oneof(integer, small.map(BigInt)), { minLength: 1, maxLength: 50 });
    const property = fc.asyncProperty(some, async (values) => {
      const found = Array.from(readAmounts(await listOf(values, type), type));
      expect(found.map(BigInt)).toEqual(values);
      for (const value of found) expect(typeof value === 'number').toBe(Number.isSafeInteger(Number(value)));
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('hold every double exactly', async () => {
    const some = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 50,
    });
    const property = fc.asyncProperty(some, async (values) => {
      const texts = values.map((value) => (Object.is(value, -0) ? '-0' : String(value)));
      const list = await listOf(texts, 'double precision');
      expect(Array.from(readAmounts(list, 'double precision'))).toEqual(values);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('hold times to the microsecond, and where there is none', async () => {
    const times = [-1, 0, 1_772_366_400_123_456, undefined, 946_684_800_000_000, 4e15 + 1];
    const texts = times.map((time) => (time === undefined ? null : microsToIso(time)));
    const found = Array.from(readTimes(await listOf(texts, 'timestamptz')));
    expect(found).toEqual(times.map((time) => time ?? Number.NaN));
  });
});

describe('whether a counter began anew', () => {
  it('is here what it is where rollups are made', async () => {
    const second = fc.integer({ min: 0, max: 12 }).map((seconds) => 1_772_366_400_000_000 + seconds * 1e6);
    const start = fc.oneof(second, fc.constant(undefined));
    const iso = (time: number | undefined) => (time === undefined ? null : microsToIso(time));
    const property = fc.asyncProperty(start, start, second, async (begun, last, time) => {
      const { rows } = await database.pool.query(
        'select coalesce(telemetry.began_anew($1, $2, $3), false) as anew',
        [iso(begun), iso(last), iso(time)],
      );
      const found = beganAnew(begun ?? Number.NaN, { start: last ?? Number.NaN, time });
      expect(found).toBe(rows[0]?.anew);
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
