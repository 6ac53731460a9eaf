import type { RowStore, StoreOutcome } from '../../../src/db/ports.ts';
import type { Row } from '../../../src/metric/row.ts';

/** Keeps every batch until it is let go; tells of each that arrives. */
export class HeldStore implements RowStore {
  readonly #held: (() => void)[] = [];
  readonly #arrivals: (() => void)[] = [];
  readonly stored: Row[] = [];
  /** Rows of each batch that has arrived. */
  readonly batches: number[] = [];

  store(rows: readonly Row[], signal: AbortSignal): Promise<StoreOutcome> {
    this.batches.push(rows.length);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'unavailable', message: 'aborted' }));
      this.#held.push(() => {
        this.stored.push(...rows);
        resolve({ kind: 'stored', inserted: rows.length, completed: 0, duplicates: 0, refused: [] });
      });
      for (const arrived of this.#arrivals.splice(0)) arrived();
    });
  }

  async holds(batches: number): Promise<void> {
    while (this.#held.length < batches) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
  }

  letGo(): void {
    for (const release of this.#held.splice(0)) release();
  }
}
