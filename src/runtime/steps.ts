import { setImmediate } from 'node:timers/promises';

/** Work that takes long and keeps the process busy, in steps of some milliseconds: between two of them others may have their turn. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all steps, one right after the other. */
export function atOnce<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/**
 * Does work of one step at once, and lets whatever else waits in the process go between two steps of longer work. Of that, the first
 * step apart, one is done after the other: what it holds until it is done would else be in memory for all of them.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  async take<T>(steps: Steps<T>): Promise<T> {
    const first = steps.next();
    if (first.done === true) return first.value;
    const rest = this.#last.then(() => inTurns(steps));
    const done = (): void => {};
    this.#last = rest.then(done, done);
    return rest;
  }
}

async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    await setImmediate();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
