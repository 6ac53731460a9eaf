import { expect } from 'vitest';
import type { Span } from '../../../src/demo/script.ts';
import type { Scrapes } from './scrapes.ts';
import { truthsIn } from './script-truth.ts';

// A snapshot has the time at which it was begun, and three seconds to be taken in, which a busy machine may use up.
const readWithin = 3;
/** An agent is asked for its health every five seconds. */
export const spanOfAgent = (begun: number): Span => ({ from: begun - 8, until: begun + readWithin });
/** Files are read for each snapshot, and written some times a second. */
export const spanOfFile = (begun: number): Span => ({ from: begun - 3, until: begun + readWithin });
/** An agent gives the same figures for half a minute, and is asked again some seconds later at most. */
export const spanOfUsage = (begun: number): Span => ({ from: begun - 40, until: begun + readWithin });

export interface StatesetCheck<T> {
  readonly name: string;
  readonly selector: string;
  readonly thing: T;
  readonly at: (thing: T, seconds: number) => string;
  readonly span: (begun: number) => Span;
}

/** The states that were shown; fails where one was that the script has not had at the time. */
export async function expectStates<T>(
  scrapes: Scrapes,
  { name, selector, thing, at, span }: StatesetCheck<T>,
): Promise<ReadonlySet<string>> {
  const shown = await scrapes.states(name, selector);
  const wrong = shown.flatMap(({ begun, state }) => {
    const right = truthsIn(span(begun), (seconds) => at(thing, seconds));
    return right.has(state) ? [] : [{ begun, state, right: [...right] }];
  });
  expect(wrong).toEqual([]);
  return new Set(shown.map(({ state }) => state));
}
