import { expect, it } from 'vitest';
import { oneAtATime } from '../../src/runtime/one-at-a-time.ts';

const never = new AbortController().signal;

it('begins work again only when it has ended, well or not', async () => {
  const ends: PromiseWithResolvers<number>[] = [];
  const ask = oneAtATime(() => {
    const end = Promise.withResolvers<number>();
    ends.push(end);
    return end.promise;
  });
  const both = [ask(never), ask(never)];
  ends[0]?.resolve(1);
  expect(await Promise.all(both)).toEqual([1, 1]);
  const third = ask(never);
  ends[1]?.reject(new Error('no'));
  await expect(third).rejects.toThrow('no');
  expect(ends).toHaveLength(2);
});

it('lets go of who waits no longer, and begins nothing on top of what hangs', async () => {
  const hangs = Promise.withResolvers<number>();
  let begun = 0;
  const ask = oneAtATime(() => {
    begun += 1;
    return hangs.promise;
  });
  for (let turn = 0; turn < 3; turn += 1) {
    const late = new AbortController();
    const waits = ask(late.signal);
    late.abort(new Error('late'));
    await expect(waits).rejects.toThrow('late');
  }
  expect(begun).toBe(1);
  const last = ask(never);
  hangs.resolve(7);
  expect(await last).toBe(7);
});
