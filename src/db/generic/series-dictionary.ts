import type { Pool } from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import { retryConflicts, withClient } from '../transaction.ts';
import type { RefusedPoint } from './ports.ts';
import type { SeriesCache } from './series-cache.ts';
import { compareIds, type SeriesHash, type SeriesId, seriesIdOf } from './series-id.ts';
import type { Series, SeriesGroup, SeriesPoint } from './series-point.ts';
import { type Candidate, ensureSeries, type Refusal } from './series-rows.ts';

/** A point and the id of its series. */
export interface PlacedPoint<Point extends SeriesPoint = SeriesPoint> {
  readonly id: SeriesId;
  readonly point: Point;
}

export interface PlacedPoints {
  readonly placed: readonly PlacedPoint[];
  readonly refused: readonly RefusedPoint[];
}

export interface SeriesDictionaryOptions {
  readonly cache: SeriesCache;
  readonly hashOf: SeriesHash;
  readonly clock: Clock;
}

const maxInStatement = 5000;

/** Gives points the ids of their series, and makes the rows of series that are new. */
export class SeriesDictionary {
  readonly #pool: Pool;
  readonly #cache: SeriesCache;
  readonly #hashOf: SeriesHash;
  readonly #clock: Clock;

  constructor(pool: Pool, { cache, hashOf, clock }: SeriesDictionaryOptions) {
    this.#pool = pool;
    this.#cache = cache;
    this.#hashOf = hashOf;
    this.#clock = clock;
  }

  async place(points: readonly SeriesPoint[], signal: AbortSignal): Promise<PlacedPoints> {
    const ids = this.#knownIds(points);
    const placed: PlacedPoint[] = [];
    const strangers: SeriesPoint[] = [];
    for (const point of points) {
      const id = ids.get(point.series);
      if (id === undefined) strangers.push(point);
      else placed.push({ id, point });
    }
    if (strangers.length === 0) return { placed, refused: [] };
    const introduced = await this.#introduce(strangers, signal);
    const refused: RefusedPoint[] = [];
    for (const point of strangers) {
      const id = introduced.get(point.series);
      if (id === undefined) continue;
      if ('cause' in id) refused.push({ point, ...id });
      else placed.push({ id, point });
    }
    return { placed, refused };
  }

  #knownIds(points: readonly SeriesPoint[]): ReadonlyMap<Series, SeriesId> {
    const now = this.#clock.monotonic();
    const groups = new Map<SeriesGroup, ReadonlyMap<string, SeriesId> | undefined>();
    const found = new Map<Series, SeriesId>();
    let last: Series | undefined;
    for (const { series } of points) {
      if (series === last) continue;
      last = series;
      const { group, key } = series;
      let ids = groups.get(group);
      if (ids === undefined && !groups.has(group)) {
        ids = this.#cache.idsOf(group, now);
        groups.set(group, ids);
      }
      const id = ids?.get(key);
      if (id !== undefined) found.set(series, id);
    }
    return found;
  }

  async #introduce(
    points: readonly SeriesPoint[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Series, SeriesId | Refusal>> {
    const bySeries = new Map<Series, Candidate>();
    const distinct = new Map<string, Candidate>();
    for (const { series } of points) {
      if (bySeries.has(series)) continue;
      const text = `${series.group.key}\n${series.key}`;
      const candidate = distinct.get(text) ?? { series, id: seriesIdOf(series, this.#hashOf) };
      distinct.set(text, candidate);
      bySeries.set(series, candidate);
    }
    const refused = await this.#ensure([...distinct.values()], signal);
    return new Map(
      [...bySeries].map(([series, candidate]) => [series, refused.get(candidate) ?? candidate.id]),
    );
  }

  /** What a statement has committed is known from then on, so that a batch that runs out of time gets further when it is tried again. */
  async #ensure(
    candidates: readonly Candidate[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Candidate, Refusal>> {
    const sorted = candidates.toSorted((a, b) => compareIds(a.id, b.id));
    const refused = new Map<Candidate, Refusal>();
    for (let from = 0; from < sorted.length; from += maxInStatement) {
      const part = sorted.slice(from, from + maxInStatement);
      const found = await retryConflicts(signal, () =>
        withClient(this.#pool, signal, (client) => ensureSeries(client, part)),
      );
      const now = this.#clock.monotonic();
      for (const candidate of part) {
        const refusal = found.get(candidate);
        if (refusal === undefined) this.#cache.add(candidate.series, candidate.id, now);
        else refused.set(candidate, refusal);
      }
    }
    return refused;
  }
}
