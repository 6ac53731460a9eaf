import type { Prometheus, Series } from './prometheus.ts';
import { nothing } from './script-truth.ts';

/** A scraped figure, and the second of the script at which its snapshot was begun. */
interface Figure {
  readonly begun: number;
  readonly value: number;
}

/** What Prometheus has scraped of an exporter, on the clock of a script. */
export class Scrapes {
  readonly #prometheus: Prometheus;
  readonly #begun: ReadonlyMap<number, number>;

  private constructor(prometheus: Prometheus, begun: ReadonlyMap<number, number>) {
    this.#prometheus = prometheus;
    this.#begun = begun;
  }

  /**
   * All scrapes until now that showed a snapshot: each says how old that was.
   * @param startedAt - of the script, in milliseconds since the epoch.
   */
  static async of(prometheus: Prometheus, startedAt: number): Promise<Scrapes> {
    const [age] = await prometheus.scraped('ciris_telemetry_snapshot_age_seconds');
    const points = age?.points ?? [];
    const begun = points.map(({ time, value }) => [time, time - value - startedAt / 1000] as const);
    return new Scrapes(prometheus, new Map(begun));
  }

  get count(): number {
    return this.#begun.size;
  }

  /** The figures of the only series that a selector names. */
  async figures(selector: string): Promise<readonly Figure[]> {
    const [series, ...others] = await this.#prometheus.scraped(selector);
    if (others.length > 0) throw new Error(`${selector} names more than one series`);
    return series === undefined ? [] : this.#figuresOf(series);
  }

  /** What the stateset of one thing said at each scrape: the state that held, `nothing` where none was told. */
  async states(name: string, selector: string): Promise<readonly { begun: number; state: string }[]> {
    const held = new Map<number, string>();
    for (const { labels, points } of await this.#prometheus.scraped(`${name}{${selector}}`)) {
      for (const { time, value } of points) {
        if (value !== 1) continue;
        if (held.has(time)) throw new Error(`${name}{${selector}} holds two states at ${time}`);
        held.set(time, labels[name] ?? '');
      }
    }
    return [...this.#begun].map(([time, begun]) => ({ begun, state: held.get(time) ?? nothing }));
  }

  #figuresOf({ points }: Series): readonly Figure[] {
    return points.flatMap(({ time, value }) => {
      const begun = this.#begun.get(time);
      return begun === undefined ? [] : [{ begun, value }];
    });
  }
}
