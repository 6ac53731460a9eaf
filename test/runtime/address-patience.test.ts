import { expect, it } from 'vitest';
import { addressPatienceWithin } from '../../src/runtime/address-patience.ts';

it.each([
  [10_000, 2000],
  [3000, 1500],
  // Node refuses anything but whole milliseconds, more than none.
  [2500.5, 1251],
  [0.5, 1],
])('within %d ms one of several addresses has %d, so that another has its turn', (timeoutMs, patienceMs) => {
  expect(addressPatienceWithin(timeoutMs)).toBe(patienceMs);
});
