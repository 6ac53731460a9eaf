import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { PostgresBinaries } from './embedded-binaries.ts';
import { type EmbeddedFolders, unusable } from './embedded-folders.ts';
import { answers } from './embedded-lock.ts';

const run = promisify(execFile);
const serverSocket = '.s.PGSQL.5432';

/** Clears away what a process that was killed left behind: a server still running, or the pid files of one that is not. */
export async function clearLeftovers(
  folders: EmbeddedFolders,
  { pgCtl }: PostgresBinaries,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const { root, data, sockets, runAs } = folders;
  const socket = join(sockets, serverSocket);
  if (await answers(socket)) {
    logger.warn('stopping the embedded database of a process that is gone', { folder: data });
    const stop = ['stop', `--pgdata=${data}`, '--mode=fast', '--timeout=30'];
    await run(pgCtl, stop, { ...runAs, cwd: root, signal }).catch(async (cause: unknown) => {
      // It may have ended by itself in the meantime.
      if (!(await answers(socket))) return;
      throw unusable(root, `a server of an earlier process does not stop: ${messageOf(cause).trim()}`, cause);
    });
  }
  await dropStalePidFile(join(data, 'postmaster.pid'));
  await dropStalePidFile(`${socket}.lock`);
}

/** PostgreSQL takes a pid that was given to another process since for a running server; in a container that is common. */
async function dropStalePidFile(path: string): Promise<void> {
  const pid = /^\d+/.exec(await readFile(path, 'utf8').catch(() => ''))?.[0];
  if (pid === undefined) return;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (command === undefined) return;
  const [program = ''] = command.split('\0');
  if (!basename(program).startsWith('postgres')) await rm(path, { force: true });
}
