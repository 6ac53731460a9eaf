import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { atOnce, inTurns, type Steps } from '../../src/runtime/steps.ts';

function* counting(steps: number, done: string[]): Steps<number> {
  for (let step = 1; step < steps; step += 1) {
    done.push(`step ${step}`);
    yield;
  }
  done.push(`step ${steps}`);
  return steps;
}

it('does all steps at once', () => {
  const done: string[] = [];
  expect(atOnce(counting(3, done))).toBe(3);
  expect(done).toEqual(['step 1', 'step 2', 'step 3']);
});

it('lets others have their turn between two steps', async () => {
  const done: string[] = [];
  const other = (async () => {
    await setImmediate();
    done.push('other');
  })();
  expect(await inTurns(counting(2, done))).toBe(2);
  await other;
  expect(done).toEqual(['step 1', 'other', 'step 2']);
});

it('makes nobody wait for work of one step', async () => {
  const done: string[] = [];
  const result = inTurns(counting(1, done));
  expect(done).toEqual(['step 1']);
  expect(await result).toBe(1);
});

it('fails as the work does', async () => {
  const failing = function* (): Steps<never> {
    yield;
    throw new Error('no further');
  };
  await expect(inTurns(failing())).rejects.toThrow('no further');
  expect(() => atOnce(failing())).toThrow('no further');
});
