import { rm } from 'node:fs/promises';
import type { Pool } from 'pg';
import { type Catalog, catalog as ownCatalog } from '../../src/catalog/catalog.ts';
import { createPool, type PoolOptions } from '../../src/db/connect/pool.ts';
import { startEmbedded } from '../../src/db/embedded/embedded.ts';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { freshName, GivenDatabases, type GivenServer, run, serverOfEnvironment } from './given-databases.ts';
import { openFolder } from './open-folder.ts';
import { migratedName, openMigratedDir } from './state-dir.ts';

/**
 * A real PostgreSQL server for one test file: start it in `beforeAll`, stop it in `afterAll`. It is the embedded one, or the one of
 * a superuser's address (`postgresql://SUPERUSER@/postgres?host=/FOLDER`) in TEST_DATABASE_URL, or with TimescaleDB in each database in
 * TEST_TIMESCALE_URL. Where TEST_ONLY_DATABASE_URL names a migrated database, there is that alone, for one connection at a time.
 */
export interface TestPostgres {
  /** Of a database that is migrated already. */
  readonly url: string;
  readonly stateDir: string;
  /** How many connections it stands; undefined for as many as anybody wants. */
  readonly sessions?: number;
  /** Of a new database, empty or a copy of the migrated one. */
  freshUrl(kind: 'empty' | 'migrated'): Promise<string>;
  /** The same database for a new role with these grants, each without the role's name at its end, and no others. */
  roleUrl(url: string, ...grants: readonly string[]): Promise<string>;
  /** Connections that `stop` closes. */
  pool(url: string, options?: Partial<PoolOptions>): Pool;
  stop(): Promise<void>;
}

const patience = 150_000;

export async function startPostgres(
  catalog: Catalog = ownCatalog,
  given: GivenServer | undefined = serverOfEnvironment(),
): Promise<TestPostgres> {
  const only = process.env.TEST_ONLY_DATABASE_URL;
  if (only !== undefined) return onlyDatabase(only);
  const releasers = new Releasers();
  const stateDir = await (given === undefined ? openMigratedDir(catalog) : openFolder());
  releasers.add('folder', () => rm(stateDir, { recursive: true }));
  const databases = new GivenDatabases(given ?? { url: await startServer(stateDir, releasers) });
  if (given !== undefined) releasers.add('databases', () => databases.drop());
  const template = given === undefined ? migratedName : await makeTemplate(databases, catalog);
  const freshUrl = (kind: 'empty' | 'migrated'): Promise<string> =>
    databases.create(kind === 'empty' ? undefined : template);
  return {
    url: await freshUrl('migrated'),
    stateDir,
    freshUrl,
    roleUrl: (url, ...grants) => createRole(url, grants),
    pool: (url, options) => {
      // A busy machine may take long to start the process that serves a connection, and for what that does.
      const long = { connectTimeoutMs: patience, statementTimeoutMs: patience };
      const pool = createPool(url, { logger: silentLogger, ...long, ...options });
      releasers.add('pool', () => pool.end());
      return pool;
    },
    stop: () => releasers.close(),
  };
}

function onlyDatabase(url: string): TestPostgres {
  const onlyOne = (): never => {
    throw new Error('this server has one database, and one connection to it');
  };
  return {
    url,
    stateDir: '',
    sessions: 1,
    freshUrl: async () => onlyOne(),
    roleUrl: async () => onlyOne(),
    pool: onlyOne,
    stop: async () => {},
  };
}

async function startServer(stateDir: string, releasers: Releasers): Promise<string> {
  const signal = AbortSignal.timeout(patience);
  const server = await startEmbedded({ stateDir, logger: silentLogger, signal });
  releasers.add('server', () => server.stop());
  return server.url;
}

async function makeTemplate(databases: GivenDatabases, catalog: Catalog): Promise<string> {
  const url = await databases.create();
  await migrate(url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(patience) });
  return databases.seal(url);
}

async function createRole(url: string, grants: readonly string[]): Promise<string> {
  const role = freshName();
  await run(url, [`create role ${role} login`, ...grants.map((grant) => `${grant} ${role}`)].join('; '));
  return url.replace(/\/\/[^@]*@/, `//${role}@`);
}
