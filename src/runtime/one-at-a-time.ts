import { untilAborted } from './until-aborted.ts';

/**
 * Work that is not begun again while it is under way: whoever asks meanwhile waits for the same result. What hangs so
 * costs one thread, or one call of a host, and not another with each try.
 */
export function oneAtATime<T>(
  work: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let underWay: Promise<T> | undefined;
  return (signal) => {
    underWay ??= work(signal).finally(() => {
      underWay = undefined;
    });
    return untilAborted(underWay, signal);
  };
}
