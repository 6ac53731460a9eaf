import type { PointOutcome, PointStore, RefusedPoint } from '../../../src/db/generic/ports.ts';
import type { SeriesPoint } from '../../../src/db/generic/series-point.ts';

/** Keeps points in memory, each as often as it comes. */
export class MemoryPoints implements PointStore {
  readonly stored: SeriesPoint[] = [];
  /** Says why, while the store takes nothing. */
  away: string | undefined;
  refuse: (point: SeriesPoint) => string | undefined = () => undefined;

  async store(points: readonly SeriesPoint[], _signal: AbortSignal): Promise<PointOutcome> {
    if (this.away !== undefined) return { kind: 'unavailable', message: this.away };
    const refused: RefusedPoint[] = [];
    for (const point of points) {
      const reason = this.refuse(point);
      if (reason === undefined) this.stored.push(point);
      else refused.push({ point, cause: 'series_collision', reason });
    }
    return { kind: 'stored', inserted: points.length - refused.length, duplicates: 0, refused };
  }
}
