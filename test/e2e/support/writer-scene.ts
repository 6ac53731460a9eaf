import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { createPool } from '../../../src/db/connect/pool.ts';
import type { Row } from '../../../src/metric/row.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import type { Releasers } from '../../../src/runtime/releasers.ts';
import { startCli } from './cli.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { freePort } from './port.ts';
import { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts';
import type { Service } from './service.ts';
import { readStoredRows } from './stored-rows.ts';
import { readStrangeRows } from './strange-rows.ts';

/** A PostgreSQL 15 of its own, with what is needed to look into it. */
export interface DatabaseScene {
  readonly postgres: Postgres;
  readonly pool: Pool;
  readonly folder: string;
  /** All rows of the catalog's entities, and those that an exporter under load sends besides. */
  storedRows(): Promise<readonly Row[]>;
}

export async function startDatabase(
  releasers: Releasers,
  options: PostgresOptions = {},
): Promise<DatabaseScene> {
  const postgres = await startPostgres(options);
  releasers.add('postgres', () => postgres.stop());
  // It looks at what is stored, however busy the machine is.
  const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
  const pool = createPool(postgres.connectionString, { logger: silentLogger, ...patience });
  releasers.add('pool', () => pool.end());
  const folder = await makeFolder('writer');
  releasers.add('folder', () => removeFolder(folder));
  return {
    postgres,
    pool,
    folder,
    storedRows: async () => [...(await readStoredRows(pool)), ...(await readStrangeRows(pool))],
  };
}

export interface WriterOptions {
  readonly name?: string;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface WriterProcess extends Service {
  readonly name: string;
  readonly url: string;
  /** Memory that it holds now, in mebibytes. */
  residentMebibytes(): Promise<number>;
}

/** A writer process; it runs when it answers, with or without its database. */
export async function startWriter({
  name = 'writer',
  databaseUrl,
  folder,
  env,
}: WriterOptions): Promise<WriterProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = await startCli({
    args: ['writer', '--port', String(port), '--state-dir', join(folder, name)],
    env: { TELEMETRY_DATABASE_URL: databaseUrl, ...env },
    ready: `${url}/healthz`,
  });
  return { ...service, name, url, residentMebibytes: () => residentMebibytes(service.pid()) };
}

export async function residentMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
