import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import { type EmbeddedFolders, unusable } from './folders.ts';
import { hugePages } from './server.ts';

const run = promisify(execFile);
const beginning = 'data-new-';

/** Makes the data directory unless it is there, and refuses one that the server at hand cannot read. */
export async function prepareData(
  folders: EmbeddedFolders,
  binaries: PostgresBinaries,
  { major, signal }: { readonly major: number; readonly signal: AbortSignal },
): Promise<void> {
  const found = await versionOf(folders);
  if (found === undefined) return initialise(folders, binaries, signal);
  if (found === major) return;
  throw new TelemetryError(
    'state_unusable',
    `the embedded database in ${folders.data} was made by PostgreSQL ${found}, and this version of ciris-telemetry brings ` +
      `PostgreSQL ${major}: dump it with the version that made it and load the dump, or move the folder away to begin anew`,
  );
}

/** The major version that made the data directory; undefined when there is none. */
async function versionOf({ data }: EmbeddedFolders): Promise<number | undefined> {
  const entries = await readdir(data).catch((thrown: unknown): string[] => {
    if (systemCodeOf(thrown) === 'ENOENT') return [];
    throw thrown;
  });
  if (entries.length === 0) return undefined;
  if (!entries.includes('PG_VERSION'))
    throw unusable(data, 'it holds something that is no PostgreSQL database');
  return Number(await readFile(join(data, 'PG_VERSION'), 'utf8'));
}

/** Under another name first, so that a start that is cut short leaves no half database behind. */
async function initialise(
  { root, data, runAs }: EmbeddedFolders,
  { initdb }: PostgresBinaries,
  signal: AbortSignal,
): Promise<void> {
  for (const name of await readdir(root)) {
    if (name.startsWith(beginning)) await rm(join(root, name), { recursive: true });
  }
  const made = await mkdtemp(join(root, beginning));
  if (runAs !== undefined) await chown(made, runAs.uid, runAs.gid);
  const options = [
    '--auth=trust',
    '--username=telemetry',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    `--set=huge_pages=${hugePages}`,
  ];
  try {
    await run(initdb, [`--pgdata=${made}`, ...options], { ...runAs, cwd: root, signal, timeout: 60_000 });
  } catch (cause) {
    signal.throwIfAborted();
    throw unusable(root, `initdb failed: ${saidBy(cause)}`, cause);
  }
  await rename(made, data);
}

/** What the program itself said; the command line before it helps nobody. */
function saidBy(cause: unknown): string {
  const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
  const text = said === '' ? messageOf(cause).trim() : said.replaceAll('\n', ' ');
  return /user ID \d+: user does not exist/.test(text) ? `${text} (add the user to /etc/passwd)` : text;
}
