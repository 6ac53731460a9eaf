import type { Row } from '../../metric/row.ts';
import type { RefusedRow } from '../ports.ts';
import { storableText } from './binary-array.ts';
import type { StoredTable } from './stored-table.ts';

/** All rows of one batch with the same key, made one: the first value of each column counts. */
export interface Entry {
  readonly key: string;
  readonly row: Row;
  /** The rows that became this one. */
  readonly members: readonly Row[];
  /** How many of them brought something that those before them lacked. */
  readonly additions: number;
}

/** The rows of one table, in the order of their key and without a repeated one. */
export interface TableBatch {
  readonly stored: StoredTable;
  readonly entries: readonly Entry[];
}

export interface Batch {
  /** In the order of their names, as every writer locks them. */
  readonly tables: readonly TableBatch[];
  readonly refused: readonly RefusedRow[];
}

export function batchOf(tables: ReadonlyMap<string, StoredTable>, rows: readonly Row[]): Batch {
  const refused: RefusedRow[] = [];
  const byEntity = new Map<string, Row[]>();
  for (const row of rows) {
    const stored = tables.get(row.entity);
    const reason = stored === undefined ? `${row.entity} is no entity that is stored` : stored.check(row);
    if (reason !== undefined) {
      refused.push({ row, reason });
      continue;
    }
    const known = byEntity.get(row.entity);
    if (known === undefined) byEntity.set(row.entity, [row]);
    else known.push(row);
  }
  const batches = [...byEntity]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([entity, group]) => {
      const stored = tables.get(entity);
      return stored === undefined ? [] : [{ stored, entries: entriesOf(stored, group) }];
    });
  return { tables: batches, refused };
}

/** Identity and time of a row, as they are stored, in one text, which no two different keys share. */
export function keyText(identity: readonly string[], time: number): string {
  return JSON.stringify([...identity, time]);
}

function entriesOf({ table }: StoredTable, rows: readonly Row[]): readonly Entry[] {
  const attributes = table.columns.filter(({ part }) => part === 'identity').map(({ key }) => key);
  const keyed = rows.map((row) => ({
    key: keyText(
      attributes.map((name) => storableText(row.identity[name] ?? '')),
      row.time,
    ),
    row,
  }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const entries: Draft[] = [];
  for (const { key, row } of keyed) {
    const last = entries.at(-1);
    if (last?.key === key) absorb(last, row);
    else entries.push({ key, row, members: [row], additions: 0 });
  }
  return entries;
}

/** An entry while its rows are gathered. */
interface Draft extends Entry {
  row: Row;
  readonly members: Row[];
  additions: number;
}

function absorb(entry: Draft, row: Row): void {
  entry.members.push(row);
  const { row: first } = entry;
  const start = first.start ?? row.start;
  const merged = {
    ...first,
    ...(start === undefined ? {} : { start }),
    info: { ...row.info, ...first.info },
    values: { ...row.values, ...first.values },
    states: { ...row.states, ...first.states },
  };
  if (partsOf(merged) === partsOf(first) && start === first.start) return;
  entry.row = merged;
  entry.additions += 1;
}

function partsOf({ info, values, states }: Row): number {
  return Object.keys(info).length + Object.keys(values).length + Object.keys(states).length;
}
