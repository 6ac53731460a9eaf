import type { Catalog } from '../catalog/catalog.ts';
import { startEmbedded } from '../db/embedded.ts';
import { createHistoryStore } from '../db/history.ts';
import { createPool } from '../db/pool.ts';
import type { HistoryStore, RowStore } from '../db/ports.ts';
import { createRowStore } from '../db/row-store.ts';
import type { Logger } from '../runtime/logger.ts';
import { Releasers } from '../runtime/releasers.ts';
import { Migrated } from './migrated.ts';

/** The database that rows are stored in: one that we are told of, or the one that comes with the package. */
export interface Database {
  /** What to call it in messages; without secrets. */
  readonly label: string;
  readonly store: RowStore;
  readonly history: HistoryStore;
  /** Why it cannot be used just now; undefined when it can. */
  reason(): string | undefined;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly databaseUrl: string | undefined;
  readonly stateDir: string;
  readonly catalog: Catalog;
  readonly logger: Logger;
}

const startWithinMs = 60_000;

/** Rejects when the embedded server cannot start, or when the schema is one that waiting does not mend. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { catalog, logger } = options;
  const releasers = new Releasers();
  try {
    const { url, label } = await locate(options, releasers);
    const pool = createPool(url, { logger });
    releasers.add('database connections', () => pool.end());
    const migrated = new Migrated({ url, catalog, logger });
    releasers.add('database migration', () => migrated.stop());
    await migrated.start();
    const store = createRowStore(pool, { catalog });
    return {
      label,
      store: {
        store: async (rows, signal) =>
          migrated.reason === undefined
            ? store.store(rows, signal)
            : { kind: 'unavailable', message: migrated.reason },
      },
      history: createHistoryStore(pool, catalog),
      reason: () => migrated.reason,
      close: () => releasers.close(),
    };
  } catch (thrown) {
    await releasers.close();
    throw thrown;
  }
}

async function locate(
  { databaseUrl, stateDir, logger }: DatabaseOptions,
  releasers: Releasers,
): Promise<{ readonly url: string; readonly label: string }> {
  if (databaseUrl !== undefined) return { url: databaseUrl, label: 'the database' };
  const embedded = await startEmbedded({ stateDir, logger, signal: AbortSignal.timeout(startWithinMs) });
  releasers.add('embedded database', () => embedded.stop());
  return { url: embedded.url, label: 'the embedded database' };
}
