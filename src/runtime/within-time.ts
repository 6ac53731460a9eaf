export interface TimeLimit {
  readonly ms: number;
  /** Why the signal aborts when time is up. */
  readonly reason: Error;
  /** Aborts earlier. */
  readonly signal: AbortSignal;
}

/**
 * Runs work with a signal of its own, which aborts when time is up or with the given one. Leaves nothing behind, where
 * Node keeps some memory for ever of each signal that `AbortSignal.any` makes of one that it made before.
 */
export async function withinTime<T>(
  { ms, reason, signal }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const abort = (): void => own.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => own.abort(reason), Math.ceil(ms));
  try {
    return await work(own.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
