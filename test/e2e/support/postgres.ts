import { dirname, join } from 'node:path';
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
}

/** Starts Debian's PostgreSQL 15 with an empty database. `halt` disconnects its clients, as a restart of a server does. */
export async function startPostgres({ diskSize }: PostgresOptions = {}): Promise<Postgres> {
  const folder = diskSize === undefined ? await makeFolder('postgres-15') : await makeSmallDisk(diskSize);
  const postgres = part('postgres-15');
  const data = join(folder, 'data');
  if (process.getuid?.() === 0) await succeed({ command: 'chown', args: [user, folder] });
  await succeed({
    command: join(dirname(postgres), 'initdb'),
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
    name: 'PostgreSQL 15',
    command: postgres,
    args: ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder],
    user,
    haltSignal: 'SIGINT',
    deathSignal: 'SIGINT',
    ready: (program) => program.line(/database system is ready to accept connections/),
    cleanup: () => removeFolder(folder),
  });
  return { ...service, folder, connectionString: `postgresql://${user}@127.0.0.1:${port}/postgres` };
}
