/** Why a turn never came: the time was up before. */
export const late = Symbol('late');

/**
 * Lets so many pieces of work begin at once. One that takes long gives up its turn, not its work: what hangs costs a
 * socket that waits, and must not keep others from being asked.
 */
export class Slots {
  readonly #holdMs: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor({ size, holdMs }: { readonly size: number; readonly holdMs: number }) {
    this.#free = size;
    this.#holdMs = holdMs;
  }

  /** Runs the work when it is its turn, or never when the signal aborts before. */
  async use<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | typeof late> {
    if (!(await this.#turn(signal))) return late;
    let held = true;
    const release = (): void => {
      if (held) this.#release();
      held = false;
    };
    const timer = setTimeout(release, this.#holdMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  #turn(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const settle = (isOurs: boolean): void => {
        this.#waiting.delete(begin);
        signal.removeEventListener('abort', giveUp);
        resolve(isOurs);
      };
      const begin = (): void => settle(true);
      const giveUp = (): void => settle(false);
      this.#waiting.add(begin);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Hands the turn on to who has waited longest. */
  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next();
  }
}
