import type { Micros } from '../../metric/time.ts';

type Counts<K extends string> = ReadonlyMap<K, number>;

/** Counts, and since when. */
export interface Counted<K extends string> {
  readonly counts: Counts<K>;
  readonly start: Micros | undefined;
}

/**
 * Counts that began together. Where one of them falls though the process goes on, all begin anew at the reading before:
 * the others then give what they have counted since, so that each is true to the start that they share.
 */
export class CounterRun<K extends string> {
  #restartedAt: Micros | undefined;
  #lastTime: Micros | undefined;
  readonly #last = new Map<K, number>();
  readonly #base = new Map<K, number>();

  /** @param time - of the reading, by our clock. */
  read(counts: Counts<K>, time: Micros, processStart: Micros | undefined): Counted<K> {
    const fallen = [...counts].filter(([key, value]) => value < (this.#last.get(key) ?? 0));
    if (fallen.length > 0) {
      this.#restartedAt = this.#lastTime;
      for (const [key, value] of this.#last) this.#base.set(key, value);
      for (const [key] of fallen) this.#base.delete(key);
    }
    for (const [key, value] of counts) this.#last.set(key, value);
    this.#lastTime = time;
    const since = [...counts].map(([key, value]) => [key, value - (this.#base.get(key) ?? 0)] as const);
    return { counts: new Map(since), start: notAfter(time, this.#restartedAt ?? processStart) };
  }
}

/** A start is reckoned from an uptime, and may seem to lie a moment after the first reading. */
const notAfter = (time: Micros, start: Micros | undefined): Micros | undefined =>
  start === undefined ? undefined : Math.min(start, time);
