import type { PoolClient } from 'pg';
import { z } from 'zod';
import { classifyFailure, describeFailure } from '../failure.ts';
import type { RefusedRow } from '../ports.ts';
import { type Entry, keyText, type TableBatch } from './row-batch.ts';
import { columnsOf } from './row-columns.ts';

/** What became of rows: new, a known row made fuller, nothing changed. */
export interface Counts {
  readonly inserted: number;
  readonly completed: number;
  readonly duplicates: number;
}

export const noCounts: Counts = { inserted: 0, completed: 0, duplicates: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    inserted: a.inserted + b.inserted,
    completed: a.completed + b.completed,
    duplicates: a.duplicates + b.duplicates,
  };
}

/** Stores the rows of one table: one statement, and others only where some of them were known already. */
export async function storeTable(client: PoolClient, { stored, entries }: TableBatch): Promise<Counts> {
  const { table, statements } = stored;
  const values = columnsOf(
    table,
    entries.map(({ row }) => row),
  );
  const merged = entries.some(({ additions }) => additions > 0);
  const insert = merged ? statements.insertReturning : statements.insert;
  const { rowCount, rows } = await client.query({ ...insert, values });
  const inserted = rowCount ?? 0;
  const known = entries.length - inserted;
  const filled = known === 0 ? 0 : await complete(client, { stored, entries }, { columns: values, known });
  const completed = filled + (merged ? additionsOf(entries, rows) : 0);
  const total = entries.reduce((sum, { members }) => sum + members.length, 0);
  return { inserted, completed, duplicates: total - inserted - completed };
}

async function complete(
  client: PoolClient,
  { stored, entries }: TableBatch,
  { columns, known }: { readonly columns: readonly Buffer[]; readonly known: number },
): Promise<number> {
  const times = entries.map(({ row }) => row.time / 1000);
  const [first, last] = [Math.floor(least(times)), Math.ceil(-least(times.map((time) => -time)))];
  const statement = { ...stored.statements.complete, values: [...columns, new Date(first), new Date(last)] };
  const once = (await client.query(statement)).rowCount ?? 0;
  if (once === known) return once;
  // TimescaleDB leaves out, and only locks, a row that somebody else has completed in the meantime: then it is found as it is now.
  return once + ((await client.query(statement)).rowCount ?? 0);
}

/** For more of them than a function takes arguments. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

const keyRow = z.object({ identity: z.array(z.string()), time: z.coerce.number() });

/** Additions within the batch count where the row that they were added to is new. */
function additionsOf(entries: readonly Entry[], newRows: unknown): number {
  const rows = z.array(keyRow).parse(newRows);
  const keys = new Set(rows.map(({ identity, time }) => keyText(identity, time)));
  return entries.reduce((sum, { key, additions }) => (keys.has(key) ? sum + additions : sum), 0);
}

/** The same for a batch that holds rows which the database refuses: those are found by halving and left out, each by itself. */
export async function storeTableApart(
  client: PoolClient,
  batch: TableBatch,
  refused: RefusedRow[],
): Promise<Counts> {
  await client.query('savepoint part');
  try {
    const counts = await storeTable(client, batch);
    await client.query('release savepoint part');
    return counts;
  } catch (thrown) {
    if (classifyFailure(thrown) !== 'row') throw thrown;
    await client.query('rollback to savepoint part');
    await client.query('release savepoint part');
    const { stored, entries } = batch;
    if (entries.length === 1) {
      const reason = describeFailure(thrown);
      for (const { members } of entries) refused.push(...members.map((row) => ({ row, reason })));
      return noCounts;
    }
    const half = Math.ceil(entries.length / 2);
    const first = await storeTableApart(client, { stored, entries: entries.slice(0, half) }, refused);
    const second = await storeTableApart(client, { stored, entries: entries.slice(half) }, refused);
    return addCounts(first, second);
  }
}
