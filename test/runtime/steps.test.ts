import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { atOnce, type Steps, Turns } from '../../src/runtime/steps.ts';

function* counting(steps: number, done: string[], name = 'step'): Steps<number> {
  for (let step = 1; step < steps; step += 1) {
    done.push(`${name} ${step}`);
    yield;
  }
  done.push(`${name} ${steps}`);
  return steps;
}

function* failing(): Steps<never> {
  yield;
  throw new Error('no further');
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
  expect(await new Turns().take(counting(2, done))).toBe(2);
  await other;
  expect(done).toEqual(['step 1', 'other', 'step 2']);
});

it('makes work of one step wait for nobody', async () => {
  const turns = new Turns();
  const done: string[] = [];
  const long = turns.take(counting(2, done, 'long'));
  const short = turns.take(counting(1, done, 'short'));
  expect(done).toEqual(['long 1', 'short 1']);
  expect(await short).toBe(1);
  expect(await long).toBe(2);
});

it('goes on with one long work after the other, so that what they hold is not in memory for all at once', async () => {
  const turns = new Turns();
  const done: string[] = [];
  await Promise.all([turns.take(counting(3, done, 'a')), turns.take(counting(3, done, 'b'))]);
  expect(done).toEqual(['a 1', 'b 1', 'a 2', 'a 3', 'b 2', 'b 3']);
});

it('fails as the work does, and goes on with the next', async () => {
  const turns = new Turns();
  const done: string[] = [];
  const [failed, next] = await Promise.allSettled([turns.take(failing()), turns.take(counting(2, done))]);
  expect(failed).toMatchObject({ reason: { message: 'no further' } });
  expect(next).toEqual({ status: 'fulfilled', value: 2 });
  expect(() => atOnce(failing())).toThrow('no further');
});
