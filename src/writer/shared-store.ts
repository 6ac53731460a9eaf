import {
  type Commit,
  GroupCommit,
  type GroupCommitLimits,
  type GroupFigures,
  type GroupOutcome,
  type Refused,
} from './group-commit.ts';

/** What a store of the database says of a batch. */
export type BatchOutcome<Item> =
  | {
      readonly kind: 'stored';
      readonly inserted: number;
      readonly completed: number;
      readonly duplicates: number;
      readonly refused: readonly Refused<Item>[];
    }
  | { readonly kind: 'unavailable'; readonly message: string };

/** What has come for one store since the start, what became of it, and what waits. */
export interface StoreStats extends GroupFigures {
  /** Points or records that came for it, repeats and those that were rejected included. */
  readonly received: number;
  readonly inserted: number;
  /** Rows that gave a known row columns that it lacked. */
  readonly completed: number;
  readonly duplicates: number;
}

/** A store that concurrent requests share, with figures of what it did. */
export class SharedStore<Item> {
  readonly #group: GroupCommit<Item>;
  readonly #counts = { received: 0, inserted: 0, completed: 0, duplicates: 0 };

  constructor(
    store: (items: readonly Item[], signal: AbortSignal) => Promise<BatchOutcome<Item>>,
    limits: GroupCommitLimits,
  ) {
    const commit: Commit<Item> = async (items, signal) => {
      const outcome = await store(items, signal);
      if (outcome.kind === 'stored') {
        this.#counts.inserted += outcome.inserted;
        this.#counts.completed += outcome.completed;
        this.#counts.duplicates += outcome.duplicates;
      }
      return outcome;
    };
    this.#group = new GroupCommit(commit, limits);
  }

  /** Counts what came, whether or not anything of it is to be stored. */
  received(count: number): void {
    this.#counts.received += count;
  }

  store(items: readonly Item[], bytes: number, signal: AbortSignal): Promise<GroupOutcome<Item>> {
    return this.#group.store(items, bytes, signal);
  }

  stats(): StoreStats {
    return { ...this.#counts, ...this.#group.figures() };
  }

  close(): Promise<void> {
    return this.#group.close();
  }
}
