import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { withinTime } from '../../src/runtime/within-time.ts';

const reason = new Error('time is up');
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
  });

it('aborts when time is up, and says why', async () => {
  const { signal } = new AbortController();
  await expect(withinTime({ ms: 1, reason, signal }, untilAborted)).rejects.toBe(reason);
  expect(signal.aborted).toBe(false);
});

it('aborts with the signal that it is given, before or after', async () => {
  const outer = new AbortController();
  const work = withinTime({ ms: 60_000, reason, signal: outer.signal }, untilAborted);
  outer.abort(new Error('stopping'));
  await expect(work).rejects.toThrow('stopping');
  await expect(withinTime({ ms: 60_000, reason, signal: outer.signal }, untilAborted)).rejects.toThrow(
    'stopping',
  );
});

it('leaves nothing on the signal that it is given', async () => {
  const { signal } = new AbortController();
  const limit = { ms: 60_000, reason, signal };
  await expect(withinTime(limit, async () => 'done')).resolves.toBe('done');
  await expect(withinTime(limit, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
