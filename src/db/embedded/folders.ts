import { createHash } from 'node:crypto';
import { chown, lstat, mkdtemp, realpath, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import { makeFolder } from '../../runtime/make-folder.ts';

/** The user that the server runs as, where that is not the user of this process. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface EmbeddedFolders {
  /** Everything of the embedded database; belongs to the user that the server runs as. */
  readonly root: string;
  readonly data: string;
  /** Holds the server's socket and our lock; its path is short enough for a socket's address. */
  readonly sockets: string;
  readonly runAs: RunAs | undefined;
}

/** `nobody` on Linux. PostgreSQL refuses to run as root, and no user needs to be created for it. */
const nobody: RunAs = { uid: 65534, gid: 65534 };

/** A socket's address holds 107 bytes on Linux and 103 on macOS; PostgreSQL's own part is `/.s.PGSQL.5432`. */
const maxSocketsPath = 85;

/** Makes the folders of the embedded database in a state directory and finds out who may own them. */
export async function prepareFolders(stateDir: string): Promise<EmbeddedFolders> {
  try {
    await makeFolder(stateDir);
    await makeFolder(join(stateDir, 'postgres'), 0o700);
    const root = await realpath(join(stateDir, 'postgres'));
    const runAs = await chooseUser(root);
    if (runAs !== undefined) await requireAccess(dirname(root), runAs);
    const sockets = await makeSocketsFolder(root, runAs);
    return { root, data: join(root, 'data'), sockets, runAs };
  } catch (cause) {
    if (cause instanceof TelemetryError) throw cause;
    throw unusable(stateDir, messageOf(cause), cause);
  }
}

async function chooseUser(root: string): Promise<RunAs | undefined> {
  const probe = await mkdtemp(join(root, 'probe-'));
  const { uid } = await stat(probe);
  await rmdir(probe);
  if (uid !== 0) return undefined;
  const owner = await stat(root);
  const runAs = owner.uid === 0 ? nobody : { uid: owner.uid, gid: owner.gid };
  await chown(root, runAs.uid, runAs.gid);
  return runAs;
}

/** Throws when that user cannot get into a folder, naming the folder that stops it. */
export async function requireAccess(folder: string, { uid, gid }: RunAs): Promise<void> {
  if (dirname(folder) !== folder) await requireAccess(dirname(folder), { uid, gid });
  const { mode, ...owner } = await stat(folder);
  const enter = owner.uid === uid ? 0o100 : owner.gid === gid ? 0o010 : 0o001;
  if ((mode & enter) !== 0) return;
  throw new TelemetryError(
    'state_unusable',
    `the embedded PostgreSQL runs as user ${uid}, as it refuses to run as root, and that user cannot enter ${folder}: ` +
      `allow it with "chmod o+x ${folder}", or use other folders (TELEMETRY_STATE_DIR), or set TELEMETRY_DATABASE_URL`,
  );
}

async function makeSocketsFolder(root: string, runAs: RunAs | undefined): Promise<string> {
  const inside = join(root, 'run');
  const fits = Buffer.byteLength(inside) <= maxSocketsPath;
  const digest = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const folder = fits ? inside : join(await shortTemporaryFolder(), `ciris-telemetry-${digest}`);
  await makeFolder(folder, 0o700);
  const uid = runAs?.uid ?? (await stat(root)).uid;
  const found = await lstat(folder);
  // Others can make this folder first where it lies outside ours; the server must not be reached through theirs.
  if (!found.isDirectory() || (found.uid !== uid && found.uid !== 0) || (found.mode & 0o077) !== 0) {
    throw unusable(root, `${folder}, the place for its socket, belongs to somebody else: remove it`);
  }
  if (runAs !== undefined) await chown(folder, runAs.uid, runAs.gid);
  return folder;
}

async function shortTemporaryFolder(): Promise<string> {
  const folder = await realpath(tmpdir());
  return Buffer.byteLength(folder) <= 40 ? folder : '/tmp';
}

export function unusable(folder: string, problem: string, cause?: unknown): TelemetryError {
  return new TelemetryError(
    'state_unusable',
    `cannot keep the embedded database in ${folder}: ${problem}. Choose another folder with TELEMETRY_STATE_DIR or a server with TELEMETRY_DATABASE_URL`,
    { cause },
  );
}
