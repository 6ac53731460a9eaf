import { isDeepStrictEqual } from 'node:util';
import type { Series, SeriesGroup, SeriesPoint } from '../../db/generic/series-point.ts';
import type { Micros } from '../../metric/time.ts';

/** One series of a request, which knows the points that were found for it so far. */
export class SeriesEntry implements Series {
  readonly group: SeriesGroup;
  readonly key: string;
  readonly attributes: string;
  /** Most series have one point in a request, and need no map. */
  #first: SeriesPoint | undefined;
  #byTime: Map<Micros, SeriesPoint> | undefined;

  constructor({ group, key, attributes }: Series) {
    this.group = group;
    this.key = key;
    this.attributes = attributes;
  }

  /** Remembers a point, unless another one is known for its time; says whether that one differs. */
  contradicts(point: SeriesPoint): boolean {
    const first = this.#first;
    if (first === undefined) {
      this.#first = point;
      return false;
    }
    this.#byTime ??= new Map([[first.time, first]]);
    const known = this.#byTime.get(point.time);
    if (known !== undefined) return !isDeepStrictEqual(known, point);
    this.#byTime.set(point.time, point);
    return false;
  }
}
