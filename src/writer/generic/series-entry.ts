import { isDeepStrictEqual } from 'node:util';
import type { Series, SeriesPoint } from '../../db/generic/series-point.ts';
import type { Micros } from '../../metric/time.ts';

/** One series of a request, and the points that were found for it so far. */
export class SeriesEntry {
  readonly series: Series;
  /** Most series have one point in a request, and need no map. */
  #first: SeriesPoint | undefined;
  #byTime: Map<Micros, SeriesPoint> | undefined;

  constructor(series: Series) {
    this.series = series;
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
