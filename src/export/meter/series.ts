import type { DataPoint } from '@opentelemetry/sdk-metrics';
import { seriesKey } from './series-key.ts';

export type NumberPoint = DataPoint<number>;

export interface SeriesOptions {
  readonly limit: number;
  /** The points of an earlier collection. */
  readonly before: readonly NumberPoint[];
  /** Takes no fractions, and nothing that a double cannot hold exactly: either would be sent as another figure. */
  readonly wholeNumbers: boolean;
}

/**
 * The points of one instrument in one collection: one per attribute set, and no more than the limit. For as long as the same attribute
 * objects come in the same order as in an earlier collection, they are known to differ from each other, and are not compared.
 */
export class Series {
  readonly points: NumberPoint[] = [];
  readonly #options: SeriesOptions;
  #indexByKey: Map<string, number> | undefined;
  #dropped = 0;

  constructor(options: SeriesOptions) {
    this.#options = options;
  }

  /** Points that found no room: the sets that came first keep their place. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The last point of a set wins. */
  add(point: NumberPoint): void {
    const { limit, before, wholeNumbers } = this.#options;
    if (typeof point.value !== 'number' || (wholeNumbers && !Number.isSafeInteger(point.value))) return;
    const { length } = this.points;
    if (this.#indexByKey === undefined && before[length]?.attributes === point.attributes && length < limit) {
      this.points.push(point);
    } else {
      this.#addByKey(point);
    }
  }

  /** Adds the points of another callback, and what it dropped. */
  addAll(other: Series): void {
    for (const point of other.points) this.add(point);
    this.#dropped += other.dropped;
  }

  #addByKey(point: NumberPoint): void {
    this.#indexByKey ??= new Map(this.points.map(({ attributes }, index) => [seriesKey(attributes), index]));
    const key = seriesKey(point.attributes);
    const index = this.#indexByKey.get(key);
    if (index !== undefined) {
      this.points[index] = lasting(point);
    } else if (this.points.length < this.#options.limit) {
      this.#indexByKey.set(key, this.points.length);
      this.points.push(lasting(point));
    } else {
      this.#dropped += 1;
    }
  }
}

/** A caller may reuse an attribute object for its next set; one that is frozen stays what it is. */
function lasting(point: NumberPoint): NumberPoint {
  return Object.isFrozen(point.attributes) ? point : { ...point, attributes: { ...point.attributes } };
}
