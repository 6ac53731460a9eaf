import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { makeFolder, removeFolder } from './folder.ts';
import { part } from './parts.ts';
import { freePort } from './port.ts';
import { succeed } from './program.ts';
import { type Service, startService } from './service.ts';
import { makeSmallDisk } from './small-disk.ts';

export interface Postgres extends Service {
  readonly connectionString: string;
  /** On the disk that holds all that it keeps. */
  readonly folder: string;
}

// Debian's package makes this user; the server refuses to run as root.
const user = 'postgres';

export interface PostgresOptions {
  /** Puts all that it keeps on a disk of this size, given as `mount -t tmpfs` takes it. */
  readonly diskSize?: string;
  /** Folder of the programs of another server than Debian's, whose library of TimescaleDB is loaded and whose extension is made. */
  readonly timescale?: string | undefined;
}

/** Starts Debian's PostgreSQL 15 with an empty database. `halt` disconnects its clients, as a restart of a server does. */
export async function startPostgres({ diskSize, timescale }: PostgresOptions = {}): Promise<Postgres> {
  const folder = diskSize === undefined ? await makeFolder('postgres-15') : await makeSmallDisk(diskSize);
  const bin = timescale ?? dirname(part('postgres-15'));
  const preload =
    timescale === undefined
      ? []
      : ['-c', 'shared_preload_libraries=timescaledb', '-c', 'max_worker_processes=32'];
  const data = join(folder, 'data');
  if (process.getuid?.() === 0) await succeed({ command: 'chown', args: [user, folder] });
  await succeed({
    command: join(bin, 'initdb'),
    args: [
      `--pgdata=${data}`,
      `--username=${user}`,
      '--auth=trust',
      '--encoding=UTF8',
      '--no-locale',
      '--no-sync',
    ],
    user,
  });
  const port = await freePort();
  const service = await startService({
    name: timescale === undefined ? 'PostgreSQL 15' : `PostgreSQL of ${timescale}`,
    command: join(bin, 'postgres'),
    args: ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, ...preload],
    user,
    haltSignal: 'SIGINT',
    deathSignal: 'SIGINT',
    ready: (program) => program.line(/database system is ready to accept connections/),
    cleanup: () => removeFolder(folder),
  });
  const connectionString = `postgresql://${user}@127.0.0.1:${port}/postgres`;
  if (timescale !== undefined) await createExtension(connectionString);
  return { ...service, folder, connectionString };
}

async function createExtension(connectionString: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query('set client_min_messages = error; create extension timescaledb');
  } finally {
    await client.end();
  }
}
