import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseStep, roundStep } from '../../src/api/step.ts';

const hour = 3600;
const day = 24 * hour;

describe('chooseStep', () => {
  test.each([
    [hour, 60, 60],
    [hour, 10, 20],
    [hour, 1, 15],
    [hour, 7, 14],
    [10, 60, 60],
    [day, 60, 300],
    [7 * day, 60, hour],
    [30 * day, 60, 3 * hour],
    [365 * day, 60, 2 * day],
    [hour, 0.5, 15],
    [day, 7, 300],
    [day, 45, 300],
    [7 * day, 45, hour],
    [30 * day, 45, 3 * hour],
    [day, 2700, hour],
  ])('a range of %i s with a snapshot every %d s has a step of %i s', (range, interval, step) => {
    expect(chooseStep(range, interval, 300)).toBe(step);
  });

  test('holds the limit, and every step has the same number of snapshots or is one of whole rollups', () => {
    const ranges = fc.integer({ min: 1, max: 10 * 365 * day });
    const intervals = fc.integer({ min: 1, max: hour });
    fc.assert(
      fc.property(ranges, intervals, (range, interval) => {
        const step = chooseStep(range, interval, 300);
        return range / step <= 300 && (step % interval === 0 || step % 300 === 0);
      }),
    );
  });
});

describe('roundStep', () => {
  test.each([
    [0.2, 1],
    [55, 60],
    [60, 60],
    [4000, 7200],
    [2.5 * day, 3 * day],
  ])('after %d s comes %i s', (seconds, step) => {
    expect(roundStep(seconds)).toBe(step);
  });
});
