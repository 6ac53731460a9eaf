import type { Collected, Collector, Failure } from '../collectors/collector.ts';
import type { Micros } from '../metric/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import { withinTime } from '../runtime/within-time.ts';
import { wellFormed } from './well-formed.ts';

/** How long a collector may overrun its budget before nobody waits for it any more. */
const graceMs = 500;

export interface TakeOptions {
  readonly time: Micros;
  readonly budgetMs: number;
  readonly clock: Clock;
  /** Ends the collection early, when the service stops. */
  readonly signal: AbortSignal;
}

/** What one collector found, and how long it took. */
export interface Taken extends Collected {
  readonly collector: string;
  readonly durationMs: number;
}

/** Runs all collectors at once; one that fails, throws or never returns costs only its own rows. */
export function takeAll(collectors: readonly Collector[], options: TakeOptions): Promise<readonly Taken[]> {
  return Promise.all(collectors.map((collector) => take(collector, options)));
}

async function take(collector: Collector, options: TakeOptions): Promise<Taken> {
  const { time, budgetMs, clock, signal } = options;
  const begun = clock.monotonic();
  const reason = new TelemetryError(
    'timeout',
    `it did not return within ${budgetMs / 1000} s; its source hangs, or --collect-timeout is too short for it`,
  );
  const collected = await withinTime({ ms: budgetMs + graceMs, reason, signal }, async (own) => {
    const given = await untilAborted(collector.collect({ time, budgetMs, signal: own }), own);
    return wellFormed(collector.name, given);
  }).catch(
    (thrown: unknown): Collected => ({
      rows: [],
      problems: [],
      failure: failureOf(collector.name, thrown),
    }),
  );
  return { ...collected, collector: collector.name, durationMs: clock.monotonic() - begun };
}

function failureOf(collector: string, thrown: unknown): Failure {
  const type = thrown instanceof TelemetryError ? thrown.code : 'internal';
  return { type, message: `collector ${collector} failed: ${messageOf(thrown)}` };
}
