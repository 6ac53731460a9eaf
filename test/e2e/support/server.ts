import { appendFile, chown, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder, removeFolder } from './folder.ts';
import { freePort } from './port.ts';
import { succeed } from './program.ts';
import { type Service, startService } from './service.ts';

export interface ServerOptions {
  /** Folder of the programs `initdb` and `postgres`. */
  readonly bin: string;
  /** Runs a copy of the programs and of what lies around them, where the server's user may not go to the originals. */
  readonly copied?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
  /** Who may connect, in the lines of pg_hba.conf; everybody from this machine when not given. */
  readonly hba?: string;
  /** Files to put beside the data, by their name; private ones of the server's user. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A PostgreSQL server of any version on a loopback port. */
export interface PostgresServer extends Service {
  readonly port: number;
  /** Folder of its unix socket. */
  readonly folder: string;
  /** Of the superuser, through the unix socket. */
  readonly url: string;
}

/** The server refuses to run as root, and files can belong to a number that is nobody's name. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

export async function startServer({
  bin: original,
  copied = false,
  settings = {},
  hba,
  files = {},
}: ServerOptions): Promise<PostgresServer> {
  const folder = await makeFolder('postgres');
  const user = String(nobody);
  const own = async (path: string): Promise<void> => {
    if (isRoot) await chown(path, nobody, nobody);
  };
  await own(folder);
  if (copied) await succeed({ command: 'cp', args: ['-a', dirname(original), join(folder, 'copy')] });
  const bin = copied ? join(folder, 'copy', basename(original)) : original;
  const data = join(folder, 'data');
  const initdb = ['--username=telemetry', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'];
  await succeed({ command: join(bin, 'initdb'), args: [`--pgdata=${data}`, ...initdb], user, cwd: folder });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(data, name), content, { mode: 0o600 });
    await own(join(data, name));
  }
  if (hba !== undefined) await writeFile(join(data, 'pg_hba.conf'), `local all all trust\n${hba}`);
  const port = await freePort();
  const all = {
    fsync: 'off',
    unix_socket_directories: folder,
    listen_addresses: '127.0.0.1',
    port: String(port),
    ...settings,
  };
  // Not as arguments, which nothing could change while it runs.
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
  await appendFile(join(data, 'postgresql.conf'), `\n${lines.join('')}`);
  const service = await startService({
    name: `PostgreSQL of ${original}`,
    command: join(bin, 'postgres'),
    args: ['-D', data],
    user,
    cwd: folder,
    haltSignal: 'SIGINT',
    deathSignal: 'SIGINT',
    ready: (program) => program.line(/database system is ready to accept connections/),
    cleanup: () => removeFolder(folder),
  });
  return { ...service, port, folder, url: `postgresql://telemetry@/postgres?host=${folder}&port=${port}` };
}
