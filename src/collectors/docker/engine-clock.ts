import { type Micros, microsFromMs } from '../../metric/time.ts';

/** The header counts whole seconds, and the answer takes a while: a smaller difference is none. */
const toleranceMs = 2000;

/** How far the engine's clock is ahead of ours, by the Date header of an answer that came at `nowMs`. */
export function clockLead(date: string | undefined, nowMs: number): Micros {
  const leadMs = Date.parse(date ?? '') + 500 - nowMs;
  return Math.abs(leadMs) > toleranceMs ? microsFromMs(leadMs) : 0;
}

/** Long before Docker: a clock that has never been set says less. */
const earliest: Micros = microsFromMs(Date.UTC(2010, 0));

/**
 * When something became of a container, by our clock; undefined where that cannot be, because the engine's clock was set since.
 *
 * @param date - the Date header of the answer that came at `nowMs`.
 */
export function timeByOurClock(
  engineTime: Micros | undefined,
  date: string | undefined,
  nowMs: number,
): Micros | undefined {
  if (engineTime === undefined) return undefined;
  const time = engineTime - clockLead(date, nowMs);
  return time < earliest || time > microsFromMs(nowMs + toleranceMs) ? undefined : time;
}
