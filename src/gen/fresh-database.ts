import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { catalog } from '../catalog/catalog.ts';
import { startEmbedded } from '../db/embedded/embedded.ts';
import { migrate } from '../db/migrate/migrate.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Releasers } from '../runtime/releasers.ts';

const patienceMs = 60_000;

/** Starts an empty database, applies the migrations, and stops and removes it when the work is done. */
export async function withFreshDatabase<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const releasers = new Releasers();
  try {
    const stateDir = await mkdtemp(join(tmpdir(), 'ciris-telemetry-gen-'));
    releasers.add('folder', () => rm(stateDir, { recursive: true }));
    // The server runs as another user when we are root, and must be able to reach what it owns inside.
    await chmod(stateDir, 0o755);
    const signal = AbortSignal.timeout(patienceMs);
    const server = await startEmbedded({ stateDir, logger: silentLogger, signal });
    releasers.add('server', () => server.stop());
    await migrate(server.url, { catalog, logger: silentLogger, signal });
    const client = new Client({ connectionString: server.url });
    await client.connect();
    releasers.add('client', () => client.end());
    return await work(client);
  } finally {
    await releasers.close();
  }
}
