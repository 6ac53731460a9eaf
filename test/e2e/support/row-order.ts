import { identityKey, type Row } from '../../../src/metric/row.ts';

/** The same order for the same rows, whatever order they came in. */
export function ordered(rows: readonly Row[]): readonly Row[] {
  const keyed = rows.map((row) => ({ row, key: `${identityKey(row)} ${row.time}` }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}
