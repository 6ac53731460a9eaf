import type { RefusedRow, RowStore, StoreOutcome } from '../../../src/db/ports.ts';
import { identityKey, type Row } from '../../../src/metric/row.ts';

/** Stores rows in memory as a database would: a repeat changes nothing, a missing column is filled. */
export class MemoryStore implements RowStore {
  readonly #rows = new Map<string, Row>();
  calls = 0;
  /** Says why, while the store takes nothing. */
  away: string | undefined;
  refuse: (row: Row) => string | undefined = () => undefined;

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  async store(rows: readonly Row[], _signal: AbortSignal): Promise<StoreOutcome> {
    this.calls += 1;
    if (this.away !== undefined) return { kind: 'unavailable', message: this.away };
    const refused: RefusedRow[] = [];
    const counts = { inserted: 0, completed: 0, duplicates: 0 };
    for (const row of rows) {
      const reason = this.refuse(row);
      if (reason === undefined) counts[this.#put(row)] += 1;
      else refused.push({ row, reason });
    }
    return { kind: 'stored', ...counts, refused };
  }

  #put(row: Row): 'inserted' | 'completed' | 'duplicates' {
    const key = `${row.time} ${identityKey(row)}`;
    const known = this.#rows.get(key);
    if (known === undefined) {
      this.#rows.set(key, row);
      return 'inserted';
    }
    const merged: Row = {
      ...row,
      ...known,
      info: { ...row.info, ...known.info },
      values: { ...row.values, ...known.values },
      states: { ...row.states, ...known.states },
    };
    this.#rows.set(key, merged);
    return sizeOf(merged) > sizeOf(known) ? 'completed' : 'duplicates';
  }
}

function sizeOf({ info, values, states, start }: Row): number {
  const parts = [info, values, states].map((part) => Object.keys(part).length);
  return parts.reduce((sum, size) => sum + size, start === undefined ? 0 : 1);
}
