import type { Dispatcher } from 'undici';

/** What the head of an answer says beside its status. */
export interface Hints {
  readonly retryAfterSeconds?: number;
  /** What is left of the rate limit of the agent. */
  readonly remaining?: number;
}

/** @param nowMs - by our clock, for an answer that does not say what time it is. */
export function hintsOf(headers: Dispatcher.ResponseData['headers'], nowMs: number): Hints {
  const retryAfterSeconds = secondsOf(first(headers['retry-after']), first(headers.date), nowMs);
  const remaining = wholeOf(first(headers['x-ratelimit-remaining']));
  return {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(remaining === undefined ? {} : { remaining }),
  };
}

const first = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'object' ? header[0] : header;

const wholeOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** `Date` takes much for a time that is none, such as 1.5 for the fifth of January. */
const httpDate = /^[A-Z][a-z]{2,8},? .+ GMT$/;

const dateOf = (text: string | undefined): number | undefined =>
  text !== undefined && httpDate.test(text) ? Date.parse(text) : undefined;

/** Retry-After gives seconds or a date, which is by the clock of whoever answers. */
function secondsOf(
  retryAfter: string | undefined,
  date: string | undefined,
  nowMs: number,
): number | undefined {
  const seconds = ((dateOf(retryAfter) ?? Number.NaN) - (dateOf(date) ?? nowMs)) / 1000;
  return wholeOf(retryAfter) ?? (Number.isNaN(seconds) ? undefined : Math.max(0, seconds));
}
