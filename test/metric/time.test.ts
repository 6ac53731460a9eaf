import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microsFromIso, microsToHrTime, microsToIso } from '../../src/metric/time.ts';

describe('times in microseconds', () => {
  it.each([
    ['2026-03-01T12:00:10Z', 1_772_366_410_000_000],
    ['2026-03-01T12:00:10.123456789Z', 1_772_366_410_123_456],
    ['2026-03-01T13:00:10.5+01:00', 1_772_366_410_500_000],
    ['1970-01-01T00:00:00.000001Z', 1],
  ])('reads %s', (text, micros) => {
    expect(microsFromIso(text)).toBe(micros);
  });

  it.each([
    '',
    'yesterday',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-03-01 12:00:10Z',
    '2026-03-01T12:00:10',
  ])('does not take "%s" for a time', (text) => {
    expect(microsFromIso(text)).toBeUndefined();
  });

  it('writes what it reads, to the microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), (micros) => {
        expect(microsFromIso(microsToIso(micros))).toBe(micros);
        const [seconds, nanos] = microsToHrTime(micros);
        expect(seconds * 1e6 + nanos / 1000).toBe(micros);
      }),
    );
  });
});
