import type { Catalog } from '../catalog/catalog.ts';
import { ping } from '../db/connect/ping.ts';
import { createPool } from '../db/connect/pool.ts';
import { startEmbedded } from '../db/embedded/embedded.ts';
import { createEventStore } from '../db/generic/event-store.ts';
import { createPointStore } from '../db/generic/point-store.ts';
import type { EventStore, PointStore } from '../db/generic/ports.ts';
import { createHistoryStore } from '../db/history/history.ts';
import type { MaintenanceFigures } from '../db/maintenance/figures.ts';
import type { RetentionWish } from '../db/policy/wanted.ts';
import type { HistoryStore, RowStore } from '../db/ports.ts';
import { createRowStore } from '../db/rows/row-store.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { Releasers } from '../runtime/releasers.ts';
import { acceptedAgeMs, startMaintenance } from './maintenance.ts';
import { Migrated } from './migrated.ts';

/** The database that rows are stored in: one that we are told of, or the one that comes with the package. */
export interface Database {
  /** What to call it in messages; without secrets. */
  readonly label: string;
  readonly store: RowStore;
  readonly points: PointStore;
  readonly events: EventStore;
  readonly history: HistoryStore;
  /** Why it could not be used when it was last tried; undefined when it could. Does not wait. */
  reason(): string | undefined;
  /** Connections as they are now, and how much waits for one. */
  connections(): DatabaseConnections;
  /** How old a row may be when it arrives, in milliseconds; an older one may belong to what is compressed or gone. */
  readonly acceptsMs: number;
  /** What was done to keep it in shape. */
  maintenance(): MaintenanceFigures;
  /** Asks it now. */
  ping(signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface DatabaseConnections {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface DatabaseOptions {
  readonly databaseUrl: string | undefined;
  readonly stateDir: string;
  /** Of the owner of its tables, where that is another role. */
  readonly maintenanceDatabaseUrl?: string | undefined;
  /** The defaults when not given. */
  readonly retention?: RetentionWish | undefined;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

/** A slow disk takes long to make a database, or to recover one, and who is given up on it would begin anew. */
const startWithinMs = 5 * 60_000;

/** Rejects when the embedded server cannot start, or when the schema is one that waiting does not mend. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { catalog, clock, logger, signal, retention } = options;
  const acceptsMs = acceptedAgeMs(catalog, retention);
  const releasers = new Releasers();
  try {
    const { url, label } = await locate(options, releasers);
    const pool = createPool(url, { logger });
    releasers.add('database connections', () => pool.end());
    const { maintenanceDatabaseUrl: ownersUrl = url } = options;
    const migrated = new Migrated({ url: ownersUrl, catalog, retention, logger, signal });
    releasers.add('database migration', () => migrated.stop());
    await migrated.start();
    const guard = new Guard(migrated);
    const ready = () => migrated.reason === undefined;
    const maintenance = startMaintenance(
      { url: ownersUrl, catalog, retention, clock, logger, ready },
      releasers,
    );
    return {
      label,
      store: guard.of(createRowStore(pool, { catalog })),
      points: guard.of(createPointStore(pool)),
      events: guard.of(createEventStore(pool)),
      history: createHistoryStore(pool, catalog),
      acceptsMs,
      maintenance: () => maintenance.figures(),
      reason: () => guard.reason,
      connections: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
      ping: async (signal) => migrated.reason ?? ping(pool, signal),
      close: () => releasers.close(),
    };
  } catch (thrown) {
    await releasers.close();
    throw thrown;
  }
}

type Unavailable = { readonly kind: 'unavailable'; readonly message: string };

/** What stores a batch, and says so. */
interface Store<Item, Outcome> {
  store(items: readonly Item[], signal: AbortSignal): Promise<Outcome>;
}

/** Lets nothing be stored before the schema is there, and remembers how it went. */
class Guard {
  readonly #migrated: Migrated;
  #failure: string | undefined;

  constructor(migrated: Migrated) {
    this.#migrated = migrated;
  }

  get reason(): string | undefined {
    return this.#migrated.reason ?? this.#failure;
  }

  of<Item, Stored extends { readonly kind: 'stored' }>(
    store: Store<Item, Stored | Unavailable>,
  ): Store<Item, Stored | Unavailable> {
    return {
      store: async (items, signal) => {
        const { reason } = this.#migrated;
        if (reason !== undefined) return { kind: 'unavailable', message: reason };
        const outcome = await store.store(items, signal);
        this.#failure = outcome.kind === 'unavailable' ? outcome.message : undefined;
        return outcome;
      },
    };
  }
}

async function locate(
  { databaseUrl, stateDir, logger, signal: outer }: DatabaseOptions,
  releasers: Releasers,
): Promise<{ readonly url: string; readonly label: string }> {
  if (databaseUrl !== undefined) return { url: databaseUrl, label: 'the database' };
  const signal = AbortSignal.any([
    AbortSignal.timeout(startWithinMs),
    ...(outer === undefined ? [] : [outer]),
  ]);
  const embedded = await startEmbedded({ stateDir, logger, signal });
  releasers.add('embedded database', () => embedded.stop());
  return { url: embedded.url, label: 'the embedded database' };
}
