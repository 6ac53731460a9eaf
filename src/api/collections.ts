import { randomUUID } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Snapshot, SnapshotSource } from '../snapshot/snapshot.ts';
import { ProblemError } from './problem.ts';
import type { CollectionView, SnapshotHead } from './schemas.ts';
import { snapshotHead } from './views.ts';

/** A snapshot that a client asked for. */
export interface Collection {
  readonly id: string;
  /** Settles with the snapshot. */
  readonly snapshot: Promise<Snapshot>;
}

interface Deps {
  readonly snapshots: Pick<SnapshotSource, 'collectNow'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
}

/** Between the end of one collection and the start of the next, so that no client keeps the engine busy. */
const restMs = 1000;

/** Collections that can still be asked after; older ones are forgotten. */
const remembered = 32;

/** Snapshots on demand: one at a time, joined by whoever asks meanwhile. */
export class Collections {
  readonly #deps: Deps;
  readonly #views = new Map<string, CollectionView>();
  #running: Collection | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  find(id: string): CollectionView | undefined {
    return this.#views.get(id);
  }

  /** Starts a collection, or joins the one under way; a 429 right after one. */
  request(): Collection {
    if (this.#running !== undefined) return this.#running;
    if (this.#deps.clock.monotonic() - this.#endedAt < restMs) {
      throw new ProblemError(
        'too_many_requests',
        'a snapshot was taken on demand within the last second: read /telemetry/status, or try again',
        {
          headers: { 'retry-after': '1' },
        },
      );
    }
    const id = randomUUID();
    const collection = { id, snapshot: this.#deps.snapshots.collectNow() };
    this.#running = collection;
    this.#remember({ id, state: 'running', result: '/telemetry/status' });
    collection.snapshot.then(
      (snapshot) => this.#end(id, 'done', snapshotHead(snapshot)),
      (thrown: unknown) => {
        this.#deps.logger.warn('taking a snapshot on demand failed', {
          collection: id,
          error: messageOf(thrown),
        });
        this.#end(id, 'failed');
      },
    );
    return collection;
  }

  #end(id: string, state: 'done' | 'failed', snapshot?: SnapshotHead): void {
    this.#running = undefined;
    this.#endedAt = this.#deps.clock.monotonic();
    this.#remember({
      id,
      state,
      ...(snapshot === undefined ? {} : { snapshot }),
      result: '/telemetry/status',
    });
  }

  #remember(view: CollectionView): void {
    this.#views.set(view.id, view);
    const [oldest] = this.#views.keys();
    if (this.#views.size > remembered && oldest !== undefined) this.#views.delete(oldest);
  }
}
