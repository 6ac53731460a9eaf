import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Pool } from 'pg';
import { catalog as ownCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { startEmbedded } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { createPool, type PoolOptions } from '../../src/db/pool.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { Releasers } from '../../src/runtime/releasers.ts';

/** A real PostgreSQL server for one test file: start it in `beforeAll`, stop it in `afterAll`. */
export interface TestPostgres {
  /** Of a database that is migrated already. */
  readonly url: string;
  readonly stateDir: string;
  /** Of a new database, empty or a copy of the migrated one. */
  freshUrl(kind: 'empty' | 'migrated'): Promise<string>;
  /** Connections that `stop` closes. */
  pool(url: string, options?: Partial<PoolOptions>): Pool;
  stop(): Promise<void>;
}

const patience = 60_000;

export async function startPostgres(catalog: Catalog = ownCatalog): Promise<TestPostgres> {
  const releasers = new Releasers();
  const stateDir = await openFolder();
  releasers.add('folder', () => rm(stateDir, { recursive: true }));
  const signal = AbortSignal.timeout(patience);
  const server = await startEmbedded({ stateDir, logger: silentLogger, signal });
  releasers.add('server', () => server.stop());
  await run(server.url, 'create database template');
  const template = databaseUrl(server.url, 'template');
  await migrate(template, { catalog, logger: silentLogger, signal });
  const freshUrl = async (kind: 'empty' | 'migrated'): Promise<string> => {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await run(server.url, `create database ${name} template ${kind === 'empty' ? 'template0' : 'template'}`);
    return databaseUrl(server.url, name);
  };
  return {
    url: await freshUrl('migrated'),
    stateDir,
    freshUrl,
    pool: (url, options) => {
      const pool = createPool(url, { logger: silentLogger, ...options });
      releasers.add('pool', () => pool.end());
      return pool;
    },
    stop: () => releasers.close(),
  };
}

/** A temporary folder that the server's user may enter. */
export async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ciris-telemetry-test-'));
  await chmod(folder, 0o755);
  return folder;
}

function databaseUrl(url: string, database: string): string {
  return url.replace('/postgres?', `/${database}?`);
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
