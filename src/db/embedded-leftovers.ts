import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { PostgresBinaries } from './embedded-binaries.ts';
import { type EmbeddedFolders, unusable } from './embedded-folders.ts';
import { answers } from './embedded-lock.ts';

const run = promisify(execFile);

/** Clears away what a process that was killed left behind: a server still running, or the pid file of one that is not. */
export async function clearLeftovers(
  folders: EmbeddedFolders,
  { pgCtl }: PostgresBinaries,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  if (await answers(join(folders.sockets, '.s.PGSQL.5432'))) {
    logger.warn('stopping the embedded database of a process that is gone', { folder: folders.data });
    try {
      const options = { ...folders.runAs, cwd: folders.root, signal };
      await run(pgCtl, ['stop', `--pgdata=${folders.data}`, '--mode=fast', '--timeout=30'], options);
    } catch (cause) {
      throw unusable(
        folders.root,
        `a server of an earlier process does not stop: ${messageOf(cause).trim()}`,
        cause,
      );
    }
  } else await dropStalePidFile(folders);
}

/** PostgreSQL takes a pid that was given to another process since for a running server; in a container that is common. */
async function dropStalePidFile({ data }: EmbeddedFolders): Promise<void> {
  const path = join(data, 'postmaster.pid');
  const pid = /^\d+/.exec(await readFile(path, 'utf8').catch(() => ''))?.[0];
  if (pid === undefined) return;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (command !== undefined && !command.includes('postgres')) await rm(path, { force: true });
}
