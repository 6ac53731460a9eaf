import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type ErrorCode, TelemetryError } from '../../runtime/errors.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { Failure, Finding } from '../collector.ts';
import type { Loaded } from './file-content.ts';
import { nameOf } from './wording.ts';

/** A source at one moment: its last good content, and how it fared now. */
export interface Kept<T> {
  /** False where nobody said that there is such a source, and there is none. */
  readonly exists: boolean;
  /** The last that could be used. */
  readonly content: T | undefined;
  readonly writtenAt: Micros | undefined;
  readonly readAt: Micros | undefined;
  /** Why the content is not from now. */
  readonly failure: Failure | undefined;
  /** What of that is worth a look although the source could be read. */
  readonly finding: Finding | undefined;
}

export interface KeptSourceOptions<T> {
  /** What the source is to a person. */
  readonly what: string;
  readonly load: (signal: AbortSignal) => Promise<Loaded<T>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Aborts what is under way, when the collector is closed. */
  readonly closing: AbortSignal;
}

/** Keeps the last good content of a source while it cannot be read. Who asks while it is being read gets that reading. */
export class KeptSource<T> {
  readonly #options: KeptSourceOptions<T>;
  #running: Promise<Kept<T>> | undefined;
  #hanging = false;
  #kept: Kept<T> = {
    exists: false,
    content: undefined,
    writtenAt: undefined,
    readAt: undefined,
    failure: undefined,
    finding: undefined,
  };

  constructor(options: KeptSourceOptions<T>) {
    this.#options = options;
  }

  /** Rejects only when the signal aborts; what the source throws is a failure of it. */
  read(signal: AbortSignal): Promise<Kept<T>> {
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined;
    });
    return untilAborted(this.#running, signal);
  }

  async #read(): Promise<Kept<T>> {
    const loaded = await this.#load();
    const { clock } = this.#options;
    if (loaded.outcome === 'content') {
      const { content, writtenAt } = loaded;
      const readAt = microsFromMs(clock.now());
      this.#kept = { exists: true, content, writtenAt, readAt, failure: undefined, finding: undefined };
    } else if (loaded.outcome === 'failed') {
      this.#kept = { ...this.#kept, exists: true, failure: loaded.failure, finding: loaded.finding };
    }
    return this.#kept;
  }

  async #load(): Promise<Loaded<T>> {
    const { what, load, timeoutMs, closing } = this.#options;
    const message = `${what} did not answer within ${timeoutMs / 1000} s`;
    // One that hangs is not asked again on top: each would hold a thread, or whatever the host needs for it.
    if (this.#hanging) return failed('timeout', message);
    const reason = new TelemetryError('timeout', message);
    try {
      return await withinTime({ ms: timeoutMs, reason, signal: closing }, (signal) => {
        this.#hanging = true;
        const loading = load(signal).finally(() => {
          this.#hanging = false;
        });
        return untilAborted(loading, signal);
      });
    } catch (thrown) {
      if (thrown instanceof TelemetryError) return failed(thrown.code, thrown.message);
      // The words of a foreign error may hold anything, what it read among it.
      return failed('internal', `${what} failed with ${nameOf(thrown)}`);
    }
  }
}

function failed(type: ErrorCode, message: string): Loaded<never> {
  return { outcome: 'failed', failure: { type, message } };
}
