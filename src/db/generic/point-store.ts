import type { Pool, PoolClient } from 'pg';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { systemCodeOf } from '../../runtime/errors.ts';
import { classifyFailure } from '../failure.ts';
import { inTransaction, retryConflicts } from '../transaction.ts';
import { answerInTime } from './answer-in-time.ts';
import { type InsertWhich, type PointPart, partsOf } from './point-insert.ts';
import type { PointOutcome, PointStore, RefusedPoint } from './ports.ts';
import { SeriesCache } from './series-cache.ts';
import { SeriesDictionary } from './series-dictionary.ts';
import { type SeriesHash, sha256 } from './series-id.ts';

export interface PointStoreOptions {
  /** Longest time until an answer; 8 s when not given. */
  readonly deadlineMs?: number;
  /** Series whose ids are kept in memory, fewer where they have long texts; 200 000 when not given, some 100 MB at most. */
  readonly maxSeries?: number;
  readonly clock?: Clock;
  /** SHA-256 when not given. */
  readonly hashOf?: SeriesHash;
}

const uniqueViolation = '23505';
const cacheMs = 10 * 60 * 1000;

/**
 * Stores points in the generic tables, each batch in one transaction; the rows of new series are committed before it. Never rejects for
 * the database's sake.
 */
export function createPointStore(pool: Pool, options: PointStoreOptions = {}): PointStore {
  const { deadlineMs, maxSeries = 200_000, clock = systemClock, hashOf = sha256 } = options;
  const cache = new SeriesCache({ maxSeries, maxAgeMs: cacheMs });
  const dictionary = new SeriesDictionary(pool, { cache, hashOf, clock });
  const writing = new Writing(pool, clock);
  const limit = deadlineMs === undefined ? {} : { deadlineMs };
  return {
    store: (points, outer) =>
      answerInTime<PointOutcome>({ ...limit, signal: outer }, async (signal) => {
        const { placed, refused } = await dictionary.place(points, signal);
        const stored = await writing.store(partsOf(placed), signal);
        return {
          kind: 'stored',
          inserted: stored.inserted,
          duplicates: placed.length - stored.refused.length - stored.inserted,
          refused: [...refused, ...stored.refused],
        };
      }),
  };
}

interface Stored {
  readonly inserted: number;
  readonly refused: readonly RefusedPoint[];
}

/** Repeats come in spells: from a sender that tries again, or from two that send the same. */
const repeatsSpellMs = 60_000;

/** Transactions that insert, on the supposition that most batches hold nothing that is known. */
class Writing {
  readonly #pool: Pool;
  readonly #clock: Clock;
  #repeatsUntil = Number.NEGATIVE_INFINITY;

  constructor(pool: Pool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
  }

  async store(parts: readonly PointPart[], signal: AbortSignal): Promise<Stored> {
    if (parts.length === 0) return { inserted: 0, refused: [] };
    try {
      const inserted = await this.#insert(parts, signal);
      return { inserted, refused: [] };
    } catch (thrown) {
      if (classifyFailure(thrown) !== 'row') throw thrown;
    }
    return this.#commit(signal, async (client) => {
      const refused: RefusedPoint[] = [];
      const inserted = await sumOf(parts, (part) => part.insertApart(client, refused));
      return { inserted, refused };
    });
  }

  async #insert(parts: readonly PointPart[], signal: AbortSignal): Promise<number> {
    const insert = (which: InsertWhich): Promise<number> =>
      this.#commit(signal, (client) => sumOf(parts, (part) => part.insert(client, which)));
    if (this.#clock.monotonic() < this.#repeatsUntil) return insert('insertNew');
    try {
      return await insert('insertAll');
    } catch (thrown) {
      if (systemCodeOf(thrown) !== uniqueViolation) throw thrown;
      this.#repeatsUntil = this.#clock.monotonic() + repeatsSpellMs;
      return insert('insertNew');
    }
  }

  #commit<T>(signal: AbortSignal, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return retryConflicts(signal, () => inTransaction(this.#pool, signal, work));
  }
}

async function sumOf(
  parts: readonly PointPart[],
  insert: (part: PointPart) => Promise<number>,
): Promise<number> {
  let sum = 0;
  for (const part of parts) sum += await insert(part);
  return sum;
}
