import { isDeepStrictEqual } from 'node:util';
import { identityKey, type Row } from '../../../src/metric/row.ts';
import { type Micros, microsToIso } from '../../../src/metric/time.ts';

export interface Evidence {
  /** Times of all snapshots that may be stored. */
  readonly taken: readonly Micros[];
  /** Times of those that must be. */
  readonly kept: readonly Micros[];
  /** The rows of a snapshot as it was taken. */
  readonly rowsAt: (time: Micros) => readonly Row[];
  readonly stored: readonly Row[];
}

const keyOf = (row: Row): string => `${identityKey(row)} at ${microsToIso(row.time)}`;

/** Says of every row what is wrong with it: lost, stored twice, stored with other values, or stored and never taken. */
export function judgeRows({ taken, kept, rowsAt, stored }: Evidence): readonly string[] {
  const faults: string[] = [];
  const found = new Map<string, Row>();
  for (const row of stored) {
    const key = keyOf(row);
    if (found.has(key)) faults.push(`stored twice: ${key}`);
    found.set(key, row);
  }
  const mustBe = new Set(kept);
  // After a jump of the clock two snapshots may have the same time: their rows are the same.
  for (const time of new Set(taken)) {
    for (const row of rowsAt(time)) {
      const key = keyOf(row);
      const there = found.get(key);
      found.delete(key);
      if (there === undefined) {
        if (mustBe.has(time)) faults.push(`lost: ${key}`);
      } else if (!isDeepStrictEqual(there, row)) {
        faults.push(`not as it was taken: ${key}: ${textOf(there)} instead of ${textOf(row)}`);
      }
    }
  }
  for (const key of found.keys()) faults.push(`never taken: ${key}`);
  return faults;
}

const textOf = (row: Row): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
