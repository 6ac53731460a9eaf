import type { Pool, PoolClient } from 'pg';
import type { Catalog } from '../../catalog/catalog.ts';
import { withinTime } from '../../runtime/within-time.ts';
import { classifyFailure, describeFailure, isOwnFault } from '../failure.ts';
import type { RefusedRow, RowStore, StoreOutcome } from '../ports.ts';
import { inTransaction, retryConflicts } from '../transaction.ts';
import { noteLateRows, type StoredTimes } from './late-rows.ts';
import { type Batch, batchOf, type TableBatch } from './row-batch.ts';
import { addCounts, type Counts, noCounts, storeTable, storeTableApart } from './row-insert.ts';
import { storedTables } from './stored-table.ts';

export interface RowStoreOptions {
  readonly catalog: Catalog;
  /** Longest time until an answer; 8 s when not given, less than the 10 s that OTLP exporters wait. */
  readonly deadlineMs?: number;
}

/** Stores rows in the typed tables of the catalog, each batch in one transaction. Never rejects for the database's sake. */
export function createRowStore(pool: Pool, { catalog, deadlineMs = 8000 }: RowStoreOptions): RowStore {
  const tables = storedTables(catalog);
  const reason = new Error('the database did not answer in time');
  return {
    store: (rows, outer) =>
      withinTime({ ms: deadlineMs, reason, signal: outer }, async (signal) => {
        try {
          return await storeBatch(pool, batchOf(tables, rows), signal);
        } catch (thrown) {
          if (signal.aborted) return { kind: 'unavailable', message: reason.message };
          if (isOwnFault(thrown)) throw thrown;
          return { kind: 'unavailable', message: describeFailure(thrown) };
        }
      }),
  };
}

async function storeBatch(pool: Pool, batch: Batch, signal: AbortSignal): Promise<StoreOutcome> {
  if (batch.tables.length === 0) return { kind: 'stored', ...noCounts, refused: batch.refused };
  try {
    const counts = await commit(pool, signal, (client) =>
      storeEach(client, batch, (table) => storeTable(client, table)),
    );
    return { kind: 'stored', ...counts, refused: batch.refused };
  } catch (thrown) {
    if (classifyFailure(thrown) !== 'row') throw thrown;
  }
  return commit(pool, signal, async (client) => {
    const refused: RefusedRow[] = [...batch.refused];
    const counts = await storeEach(client, batch, (table) => storeTableApart(client, table, refused));
    return { kind: 'stored', ...counts, refused };
  });
}

function commit<T>(pool: Pool, signal: AbortSignal, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return retryConflicts(signal, () => inTransaction(pool, signal, work));
}

async function storeEach(
  client: PoolClient,
  batch: Batch,
  store: (table: TableBatch) => Promise<Counts>,
): Promise<Counts> {
  let counts = noCounts;
  const changed: StoredTimes[] = [];
  for (const table of batch.tables) {
    const own = await store(table);
    counts = addCounts(counts, own);
    if (own.inserted + own.completed > 0) changed.push(timesOf(table));
  }
  await noteLateRows(client, changed);
  return counts;
}

function timesOf({ stored, entries }: TableBatch): StoredTimes {
  return { relation: stored.table.name, times: entries.map(({ row }) => row.time) };
}
