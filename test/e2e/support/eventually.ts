import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 50;

/**
 * Asks again and again until `probe` gives a value; undefined and a rejection both mean "not yet".
 * Real programs offer no other sign that they are ready. The last rejection is the cause of the error.
 * Its patience costs nothing where all is well, and a machine may be many times slower than the one on which a test was written.
 */
export async function eventually<T>(
  what: string,
  probe: (signal: AbortSignal) => Promise<T | undefined>,
  timeoutMs = 180_000,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  let cause: unknown;
  while (!signal.aborted) {
    try {
      const value = await probe(signal);
      if (value !== undefined) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(pauseMs);
  }
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause });
}

/** Waits until `url` answers with a 2xx status. */
export async function answers(url: string, timeoutMs?: number): Promise<void> {
  await eventually(
    `${url} answers`,
    async (signal) => {
      const response = await fetch(url, { signal });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return true;
    },
    timeoutMs,
  );
}
