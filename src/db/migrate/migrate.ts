import type { Client } from 'pg';
import type { Catalog } from '../../catalog/catalog.ts';
import { messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { endClient, openClient } from '../connect/client.ts';
import { describeUrl } from '../connect/database-url.ts';
import { classifyFailure, describeFailure, poolerAdvice, rightsAdvice } from '../failure.ts';
import { applyLayout } from '../layout/apply-layout.ts';
import { applyPolicies } from '../policy/apply.ts';
import type { RetentionWish } from '../policy/wanted.ts';
import { type Migration, readMigrations } from './files.ts';
import {
  beginRecord,
  endRecord,
  ensureRecords,
  hasRecords,
  readRecords,
  recordTable,
  requireKnownPast,
} from './record.ts';
import { applyRoles } from './roles.ts';
import { requireSchema } from './schema-check.ts';
import { requireUsableServer } from './server-check.ts';

export interface MigrateOptions {
  /** What the database must be able to hold afterwards. */
  readonly catalog: Catalog;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** For how long rows are kept, of tables that no policy says it of yet; the defaults when not given. */
  readonly retention?: RetentionWish | undefined;
  /** Those of the package when not given. */
  readonly migrations?: readonly Migration[];
}

/** Any number will do that no other program uses for its advisory lock. */
const lockNumber = 7_208_112_960_341;

/**
 * Brings a database to the newest migration and checks the outcome; returns the names of the migrations that it applied.
 * Any number of processes may call it at once. Rejects with `database_unavailable` or `database_schema`.
 */
export async function migrate(url: string, options: MigrateOptions): Promise<readonly string[]> {
  const { catalog, logger, signal, retention } = options;
  const migrations = options.migrations ?? (await readMigrations());
  const client = await connect(url, options);
  try {
    if (await step('a look at the connection', () => isPooled(client))) logger.warn(poolerAdvice);
    await takeLock(client);
    const isNew = !(await step('the record of migrations', () => hasRecords(client)));
    const writes = isNew || (await isOwner(client));
    await step('a look at the server', () => requireUsableServer(client, { isNew, writes }));
    await step('the record of migrations', () => ensureRecords(client));
    const recorded = await step('the record of migrations', () => readRecords(client));
    requireKnownPast(recorded, migrations);
    const records = new Map(recorded.map((record) => [record.id, record]));
    const pending = migrations.filter(({ id }) => records.get(id)?.appliedAt === undefined);
    for (const migration of pending) {
      await apply(client, migration, records.has(migration.id));
      logger.info('migrated the database', { migration: migration.name });
    }
    await step('a look at its tables', () => requireSchema(client, catalog));
    const now = new Date();
    await step('the layout of its tables', () => applyLayout(client, { catalog, logger, now }));
    if (await isOwner(client)) {
      await step('the roles', () => applyRoles(client, logger));
      await step('the policies', () => applyPolicies(client, { catalog, retention, onlyMissing: true }));
    }
    return pending.map(({ name }) => name);
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    await endClient(client);
  }
}

/** A transaction has a limit of its own from PostgreSQL 17 on, which an older one does not know. */
const settings = `set statement_timeout = 0; set lock_timeout = '60s'; set client_min_messages = warning;
  select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout'`;

/** A connection of its own: without the time limits that others have, and its lock ends with it in any case. */
async function connect(url: string, { logger, signal }: MigrateOptions): Promise<Client> {
  try {
    const client = await openClient(url, { name: 'ciris-telemetry migrate', logger, signal });
    await client.query(settings);
    return client;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof TelemetryError) throw cause;
    throw new TelemetryError(
      'database_unavailable',
      `cannot connect to ${describeUrl(url)}: ${describeFailure(cause)}. Check TELEMETRY_DATABASE_URL and that the server runs`,
      { cause },
    );
  }
}

/** A pooler gives its clients numbers of its own, not those of the processes that serve them. */
async function isPooled(client: Client): Promise<boolean> {
  const { rowCount } = await client.query('select where pg_backend_pid() = $1', [
    'processID' in client ? client.processID : undefined,
  ]);
  return rowCount === 0;
}

/** Whoever merely stores and reads finds everything made. */
async function isOwner(client: Client): Promise<boolean> {
  const text = `select from pg_class where oid = '${recordTable}'::regclass and pg_has_role(relowner, 'usage')`;
  const { rowCount } = await step('a look at whose it is', () => client.query(text));
  return rowCount === 1;
}

async function takeLock(client: Client): Promise<void> {
  await step('its lock', async () => {
    try {
      await client.query('select pg_advisory_lock($1)', [lockNumber]);
    } catch (cause) {
      if (systemCodeOf(cause) !== '55P03') throw cause;
      throw new TelemetryError(
        'database_unavailable',
        `another process has been migrating the database for a minute (${describeFailure(cause)}): wait for it and try again`,
        { cause },
      );
    }
  });
}

/** `begun` says that an earlier run recorded its beginning, which only one without a transaction leaves behind. */
async function apply(client: Client, migration: Migration, begun: boolean): Promise<void> {
  const { name, transactional, statements } = migration;
  const run = (what: string, text: string): Promise<unknown> => {
    // The extended protocol takes one statement only, so that none is part of a transaction by accident.
    const query = { text, queryMode: 'extended' };
    return step(`migration ${name}, ${what}`, () => client.query(query));
  };
  if (transactional) await run('its beginning', 'begin');
  if (!begun) await step(`migration ${name}, its record`, () => beginRecord(client, migration));
  for (const [index, text] of statements.entries()) {
    await run(`statement ${index + 1} of ${statements.length} (${text.split('\n', 1)[0]})`, text);
  }
  await step(`migration ${name}, its record`, () => endRecord(client, migration));
  if (transactional) await run('its end', 'commit');
}

/** Whatever the database says is told with what was attempted; what is told already, as it is. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TelemetryError) throw cause;
    const lost = classifyFailure(cause) === 'temporary';
    const advice = systemCodeOf(cause) === '42501' ? `: ${rightsAdvice}` : '';
    throw new TelemetryError(
      lost ? 'database_unavailable' : 'database_schema',
      `cannot migrate the database: ${what} failed: ${messageOf(cause)}${advice}`,
      { cause },
    );
  }
}
