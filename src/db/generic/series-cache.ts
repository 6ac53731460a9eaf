import type { SeriesId } from './series-id.ts';
import type { Series, SeriesGroup } from './series-point.ts';

export interface SeriesCacheOptions {
  /** Series at most, fewer where they have long texts; the groups that were not asked for the longest time go first. */
  readonly maxSeries: number;
  /**
   * After which a group is looked up again at the latest, so that rows of series that a database lost in a failover are made anew. Groups of
   * the same age are looked up one after the other.
   */
  readonly maxAgeMs: number;
}

interface CachedGroup {
  readonly until: number;
  /** What its series take of `maxSeries`. */
  size: number;
  readonly ids: Map<string, SeriesId>;
}

/** Characters of a series that is no long one; one that has more counts as several. */
const usualLength = 256;

/** The series that are known to be in the database. */
export class SeriesCache {
  readonly #options: SeriesCacheOptions;
  /** The group that was asked for last comes last. */
  readonly #groups = new Map<string, CachedGroup>();
  #size = 0;

  constructor(options: SeriesCacheOptions) {
    this.#options = options;
  }

  /** Series that it holds, long ones counted as several. */
  get size(): number {
    return this.#size;
  }

  /** The known series of a group, by their key; to be asked for once per batch. */
  idsOf({ key }: SeriesGroup, now: number): ReadonlyMap<string, SeriesId> | undefined {
    const group = this.#groups.get(key);
    if (group === undefined) return undefined;
    this.#groups.delete(key);
    if (now > group.until) {
      this.#size -= group.size;
      return undefined;
    }
    this.#groups.set(key, group);
    return group.ids;
  }

  add({ group: { key: groupKey }, key }: Series, id: SeriesId, now: number): void {
    let group = this.#groups.get(groupKey);
    if (group === undefined) {
      const ageMs = this.#options.maxAgeMs * (0.5 + Math.random() / 2);
      group = { until: now + ageMs, size: 0, ids: new Map() };
      this.#groups.set(groupKey, group);
    }
    if (!group.ids.has(key)) {
      const size = Math.ceil((key.length + 1) / usualLength);
      group.size += size;
      this.#size += size;
    }
    group.ids.set(key, id);
    this.#shrink();
  }

  #shrink(): void {
    for (const [key, { size }] of this.#groups) {
      if (this.#size <= this.#options.maxSeries) return;
      this.#groups.delete(key);
      this.#size -= size;
    }
  }
}
