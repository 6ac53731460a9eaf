import type { Pool } from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import { retryConflicts, withClient } from '../transaction.ts';
import type { RefusedPoint } from './ports.ts';
import type { SeriesCache } from './series-cache.ts';
import { compareIds, type SeriesHash, type SeriesId, seriesDigest, seriesIdOf } from './series-id.ts';
import type { Series, SeriesGroup, SeriesPoint } from './series-point.ts';
import { type Candidate, ensureSeries, type Refusal, statementParts } from './series-rows.ts';

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

const nothing: ReadonlyMap<string, SeriesId> = new Map();

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
    const placed: PlacedPoint[] = [];
    const strangers = this.#placeKnown(points, placed);
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

  /** Gives the points whose series are not known. */
  #placeKnown(points: readonly SeriesPoint[], placed: PlacedPoint[]): readonly SeriesPoint[] {
    const strangers: SeriesPoint[] = [];
    const now = this.#clock.monotonic();
    const groups = new Map<SeriesGroup, ReadonlyMap<string, SeriesId>>();
    let group: SeriesGroup | undefined;
    let ids = nothing;
    for (const point of points) {
      const { series } = point;
      if (series.group !== group) {
        group = series.group;
        ids = groups.get(group) ?? this.#cache.idsOf(group, now) ?? nothing;
        groups.set(group, ids);
      }
      const id = ids.get(series.key);
      if (id === undefined) strangers.push(point);
      else placed.push({ id, point });
    }
    return strangers;
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
      const candidate = distinct.get(text) ?? this.#candidateOf(series);
      distinct.set(text, candidate);
      bySeries.set(series, candidate);
    }
    const refused = await this.#ensure([...distinct.values()], signal);
    return new Map(
      [...bySeries].map(([series, candidate]) => [series, refused.get(candidate) ?? candidate.id]),
    );
  }

  #candidateOf(series: Series): Candidate {
    const digest = seriesDigest(series, this.#hashOf);
    return { series, id: seriesIdOf(digest), digest };
  }

  /** What a statement has committed is known from then on, so that a batch that runs out of time gets further when it is tried again. */
  async #ensure(
    candidates: readonly Candidate[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Candidate, Refusal>> {
    const sorted = candidates.toSorted((a, b) => compareIds(a.id, b.id));
    const refused = new Map<Candidate, Refusal>();
    for (const part of statementParts(sorted)) {
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
