import { type Micros, microsFromMs } from '../../metric/time.ts';

/** The header counts whole seconds, and the answer takes a while: a smaller difference is none. */
const toleranceMs = 2000;

/** How far the engine's clock is ahead of ours, by the Date header of an answer that came at `nowMs`. */
export function clockLead(date: string | undefined, nowMs: number): Micros {
  const leadMs = Date.parse(date ?? '') + 500 - nowMs;
  return Math.abs(leadMs) > toleranceMs ? microsFromMs(leadMs) : 0;
}
