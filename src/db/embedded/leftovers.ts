import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { PostgresBinaries } from './binaries.ts';
import { type EmbeddedFolders, unusable } from './folders.ts';
import { answers } from './lock.ts';

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
  await dropStalePidFile(join(data, 'postmaster.pid'), data);
  await dropStalePidFile(`${socket}.lock`, data);
}

/**
 * PostgreSQL takes a pid that was given to another process since for a running server, which in a container is common, and refuses a
 * file that lost its content with the machine's power.
 */
async function dropStalePidFile(path: string, data: string): Promise<void> {
  const content = await readFile(path, 'utf8').catch(() => undefined);
  if (content === undefined) return;
  const pid = /^\d+/.exec(content)?.[0];
  if (pid === undefined || (await isOther(pid, data))) await rm(path, { force: true });
}

/** Whether a process runs under that pid that is no server on this data. */
async function isOther(pid: string, data: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (command === undefined) return false;
  const [program = '', ...given] = command.split('\0');
  return !basename(program).startsWith('postgres') || (given.includes('-D') && !given.includes(data));
}
