import type { DataPoint } from '@opentelemetry/sdk-metrics';
import { seriesKey } from './series-key.ts';

export type NumberPoint = DataPoint<number>;

/** The points of one instrument in one collection: one per attribute set, and no more than the limit. */
export class Series {
  readonly points: NumberPoint[] = [];
  readonly #limit: number;
  readonly #before: readonly NumberPoint[];
  #indexByKey: Map<string, number> | undefined;
  #dropped = 0;

  /**
   * `before` are the points of an earlier collection. For as long as the same frozen attribute objects come in the same order as then,
   * they are known to differ from each other, and need not be compared.
   */
  constructor(limit: number, before: readonly NumberPoint[]) {
    this.#limit = limit;
    this.#before = before;
  }

  /** Points that found no room: the sets that came first keep their place. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The last point of a set wins. */
  add(point: NumberPoint): void {
    const { length } = this.points;
    if (this.#indexByKey === undefined) {
      if (this.#before[length]?.attributes === point.attributes && length < this.#limit) {
        this.points.push(point);
        return;
      }
      this.#indexByKey = new Map(this.points.map(({ attributes }, index) => [seriesKey(attributes), index]));
    }
    const key = seriesKey(point.attributes);
    const index = this.#indexByKey.get(key);
    if (index !== undefined) {
      this.points[index] = point;
    } else if (length < this.#limit) {
      this.#indexByKey.set(key, length);
      this.points.push(point);
    } else {
      this.#dropped += 1;
    }
  }

  /** Adds the points of another callback, and what it dropped. */
  addAll(other: Series): void {
    for (const point of other.points) this.add(point);
    this.#dropped += other.dropped;
  }
}
