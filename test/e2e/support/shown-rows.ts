import { identityKey, type Row } from '../../../src/metric/row.ts';
import { microsFromIso } from '../../../src/metric/time.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import type { Status } from './exporter.ts';

/** What tells one row from all others. */
export const keyOf = (row: Row): string => `${identityKey(row)} ${row.time}`;

/** Rows by what tells them apart, with the snapshots that they were in. */
export function byKey(snapshots: readonly Snapshot[]) {
  const found = new Map<string, { readonly row: Row; readonly others: Row[]; readonly times: number[] }>();
  for (const { rows, time } of snapshots) {
    for (const row of rows) {
      const key = keyOf(row);
      const known = found.get(key);
      if (known === undefined) found.set(key, { row, others: [], times: [time] });
      else {
        known.others.push(row);
        known.times.push(time);
      }
    }
  }
  return [...found.values()];
}

/** The rows of a status, as they were in its snapshot. */
export function rowsIn({ entities }: Status): readonly Row[] {
  return Object.entries(entities).flatMap(([entity, { rows }]) =>
    rows.map(({ time, start, values, ...row }) => ({
      ...row,
      entity,
      time: Number(microsFromIso(time)),
      ...(start === undefined ? {} : { start: Number(microsFromIso(start)) }),
      values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)])),
    })),
  );
}
