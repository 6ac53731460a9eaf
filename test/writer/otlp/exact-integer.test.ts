import fc from 'fast-check';
import { expect, it } from 'vitest';
import { int64Of, microsOf, nanosOf, narrowed, uint64Of } from '../../../src/writer/otlp/exact-integer.ts';

const halvesOf = (value: bigint): readonly [number, number] => [
  Number(BigInt.asUintN(64, value) >> 32n),
  Number(BigInt.asUintN(32, value)),
];

it('splits any time until 2255 into whole microseconds and nanoseconds', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 9_007_199_254_740_991_999n), (nanoseconds) => {
      const [high, low] = halvesOf(nanoseconds);
      expect([microsOf(high, low), nanosOf(high, low)]).toEqual([
        Number(nanoseconds / 1000n),
        Number(nanoseconds % 1000n),
      ]);
    }),
  );
});

it('puts any 64-bit integer together exactly', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
      const [high, low] = halvesOf(value);
      const result = int64Of(high, low);
      expect(BigInt(result)).toBe(value);
      expect(typeof result === 'number').toBe(Number.isSafeInteger(Number(value)));
      expect(narrowed(value)).toBe(result);
    }),
  );
});

it('puts any unsigned 64-bit integer together exactly', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (value) => {
      const [high, low] = halvesOf(value);
      const result = uint64Of(high, low);
      expect(BigInt(result)).toBe(value);
      expect(typeof result === 'number').toBe(Number.isSafeInteger(Number(value)));
    }),
  );
});
