import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { findBinaries } from '../../src/db/embedded/binaries.ts';
import { startEmbedded } from '../../src/db/embedded/embedded.ts';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { openFolder } from './open-folder.ts';
import { prepared } from './prepared.ts';

const run = promisify(execFile);
const patience = 150_000;

/** Stays from run to run. */
export const cache = fileURLToPath(new URL('../../node_modules/.cache/ciris-telemetry', import.meta.url));

/** Of the database in a state directory of `openMigratedDir`; nobody is ever connected to it. */
export const migratedName = 'migrated';

/** A state directory with a database that is initialised already: a copy, which takes a tenth of the time. */
export async function openStateDir(): Promise<string> {
  return copyOf(await initialised());
}

/** As `openStateDir`, of a server without fsync that has a migrated database besides. */
export async function openMigratedDir(catalog: Catalog): Promise<string> {
  const folder = process.env.TEST_RUN_FOLDER;
  if (folder !== undefined) {
    const name = createHash('sha256').update(JSON.stringify(catalog)).digest('hex').slice(0, 16);
    return copyOf(await prepared(folder, name, (draft) => makeMigrated(draft, catalog)));
  }
  const own = await openFolder();
  await makeMigrated(own, catalog);
  return own;
}

async function copyOf(template: string): Promise<string> {
  const folder = await openFolder();
  await run('cp', ['-a', join(template, 'postgres'), folder]);
  return folder;
}

/** Made once for each version of the server, whatever the number of test files and runs. */
async function initialised(): Promise<string> {
  return prepared(cache, `postgres-${await serverVersion()}`, async (draft) => {
    const server = await start(draft);
    await server.stop();
  });
}

async function makeMigrated(stateDir: string, catalog: Catalog): Promise<void> {
  await run('cp', ['-a', join(await initialised(), 'postgres'), stateDir]);
  const server = await start(stateDir);
  try {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query(`create database ${migratedName}`);
    // These databases need not outlive the machine.
    await client.query('alter system set fsync = off');
    await client.end();
    const url = server.url.replace(/\/postgres(?=\?)/, `/${migratedName}`);
    await migrate(url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(patience) });
  } finally {
    await server.stop();
  }
}

function start(stateDir: string) {
  return startEmbedded({ stateDir, logger: silentLogger, signal: AbortSignal.timeout(patience) });
}

async function serverVersion(): Promise<string> {
  const description = join(dirname(findBinaries().postgres), '..', '..', 'package.json');
  return JSON.parse(await readFile(description, 'utf8')).version;
}
