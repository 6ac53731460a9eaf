import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Reply } from './connection.ts';

/** The header counts whole seconds, and the answer takes a while: a smaller difference is none. */
const toleranceMs = 2000;

/** When an answer was had, by our clock, and what it says of the engine's. */
export interface Heard {
  /** Its Date header, which was written at any moment since it was asked for. */
  readonly date: string | undefined;
  readonly atMs: number;
  /** How long it took. */
  readonly tookMs: number;
}

/** @param atMs - now, in Unix milliseconds. */
export function heardIn({ headers, sentMs, receivedMs }: Reply, atMs: number): Heard {
  return { date: headers.date, atMs, tookMs: receivedMs - sentMs };
}

/** How far the engine's clock is ahead of ours, by the Date header of an answer. */
export function clockLead({ date, atMs, tookMs }: Heard): Micros {
  const leastMs = Date.parse(date ?? '') + 500 - atMs;
  const isAhead = leastMs > toleranceMs;
  const isBehind = leastMs + tookMs < -toleranceMs;
  return isAhead || isBehind ? microsFromMs(leastMs + tookMs / 2) : 0;
}

/** Long before Docker: a clock that has never been set says less. */
const earliest: Micros = microsFromMs(Date.UTC(2010, 0));

/** When something became of a container, by our clock; undefined where that cannot be, because the engine's clock was set since. */
export function timeByOurClock(engineTime: Micros | undefined, heard: Heard): Micros | undefined {
  if (engineTime === undefined) return undefined;
  const time = engineTime - clockLead(heard);
  return time < earliest || time > microsFromMs(heard.atMs + toleranceMs) ? undefined : time;
}
