import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs, parseDuration, shortDuration } from '../../src/runtime/duration.ts';

describe('durations', () => {
  it.each<[string, number]>([
    ['90m', 90 * minuteMs],
    ['12h', 12 * hourMs],
    ['7d', 7 * dayMs],
    ['4w', 28 * dayMs],
    ['1y', 365 * dayMs],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '7',
    'd',
    '7 d',
    '-1d',
    '1.5d',
    '7D',
    '1d12h',
    '1M',
    '10s',
    '0d',
    '9999999d',
    '７d',
    'Infinityd',
  ])('not %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('are written as they are read', () => {
    expect([7 * dayMs, 365 * dayMs, 90 * minuteMs, 2 * hourMs, 36 * hourMs, 0].map(shortDuration)).toEqual([
      '7d',
      '1y',
      '90m',
      '2h',
      '36h',
      '0m',
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), (minutes) => {
        expect(parseDuration(shortDuration(minutes * minuteMs))).toBe(minutes * minuteMs);
      }),
    );
  });
});
