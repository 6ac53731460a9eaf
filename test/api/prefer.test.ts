import { expect, test } from 'vitest';
import { preferredWait } from '../../src/api/prefer.ts';

test.each([
  [undefined, undefined],
  ['', undefined],
  ['wait=10', 10],
  ['respond-async, Wait = 5', 5],
  ['wait="7"; strict', 7],
  ['wait=0', 0],
  ['wait=1, wait=2', 1],
  [['respond-async', 'wait=3'], 3],
  ['wait=-1', undefined],
  ['wait=soon', undefined],
  ['await=3', undefined],
])('Prefer: %s', (header, seconds) => {
  expect(preferredWait(header)).toBe(seconds);
});
