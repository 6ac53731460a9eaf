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

  /** Whether one of them is less than it was. */
  falls(counts: Counts<K>): boolean {
    return this.#fallen(counts).length > 0;
  }

  /** @param time - of the reading, by our clock. */
  read(counts: Counts<K>, time: Micros, processStart: Micros | undefined): Counted<K> {
    const fallen = this.#fallen(counts);
    if (fallen.length > 0) {
      this.#restartedAt = this.#lastTime;
      for (const [key, value] of this.#last) this.#base.set(key, value);
      for (const key of fallen) this.#base.delete(key);
    }
    for (const [key, value] of counts) this.#last.set(key, value);
    this.#lastTime = time;
    const since = [...counts].map(([key, value]) => [key, value - (this.#base.get(key) ?? 0)] as const);
    const start = this.#restartedAt ?? processStart;
    // It is reckoned from an uptime, and our clock may be set: it can seem to lie after the reading, and then stays there.
    if (start !== undefined && start > time) this.#restartedAt = time;
    return { counts: new Map(since), start: this.#restartedAt ?? processStart };
  }

  #fallen(counts: Counts<K>): readonly K[] {
    return [...counts].flatMap(([key, value]) => (value < (this.#last.get(key) ?? 0) ? [key] : []));
  }
}
