import { withinTime } from '../../runtime/within-time.ts';
import { describeFailure, isOwnFault } from '../failure.ts';

export interface Unavailable {
  readonly kind: 'unavailable';
  readonly message: string;
}

/** Less than the 10 s that OTLP exporters wait. */
const defaultDeadlineMs = 8000;

/** Runs work on the database under a deadline. What fails for the database's sake is an answer, only a mistake of ours is thrown. */
export function answerInTime<T>(
  { deadlineMs = defaultDeadlineMs, signal }: { readonly deadlineMs?: number; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | Unavailable> {
  const reason = new Error('the database did not answer in time');
  return withinTime({ ms: deadlineMs, reason, signal }, async (inner) => {
    try {
      return await work(inner);
    } catch (thrown) {
      if (inner.aborted) return { kind: 'unavailable', message: reason.message };
      if (isOwnFault(thrown)) throw thrown;
      return { kind: 'unavailable', message: describeFailure(thrown) };
    }
  });
}
