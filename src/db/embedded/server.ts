import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { EmbeddedFolders } from './folders.ts';

/** One run of the server, from start to exit. */
export interface ServerProcess {
  /** Settles when the process is gone. */
  readonly exited: Promise<void>;
  /** Ends the server within five seconds, cleanly if it lets itself be. */
  stop(): Promise<void>;
}

interface ServerOptions {
  readonly postgres: string;
  readonly folders: EmbeddedFolders;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Where a machine has huge pages and a container may use none of them, the server gets one and dies of it as soon as it touches it. They are
 * for memory by the gigabyte.
 */
export const hugePages = 'off';

/** Small in memory, durable on disk, and reached through its socket alone. */
function serverArguments({ data, sockets }: EmbeddedFolders): readonly string[] {
  const settings = {
    listen_addresses: '',
    // It is a list, in which a folder whose path has a comma must stand in quotes.
    unix_socket_directories: `"${sockets.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: '5432',
    max_connections: '40',
    shared_buffers: '32MB',
    huge_pages: hugePages,
    // In its own folder, for /dev/shm may be another's or full where this container is started next; it is next to nothing.
    dynamic_shared_memory_type: 'mmap',
    maintenance_work_mem: '32MB',
    max_wal_size: '256MB',
    min_wal_size: '64MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_logical_replication_workers: '0',
    max_parallel_workers_per_gather: '0',
    io_method: 'sync',
    jit: 'off',
    lc_messages: 'C',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Starts the server and waits until it accepts connections, recovery after a crash included. */
export async function startServer({
  postgres,
  folders,
  logger,
  signal,
}: ServerOptions): Promise<ServerProcess> {
  // In a session of its own: Ctrl-C at a terminal is meant for us, and we have rows to deliver before the server may end.
  const child = spawn(postgres, serverArguments(folders), {
    ...folders.runAs,
    cwd: folders.root,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw notStarted(messageOf(cause), cause);
  }
  child.on('error', (error) => logger.warn('cannot signal the embedded database', { error: error.message }));
  endWithUs(child, folders, logger);
  const server = { exited, stop: () => stopChild(child, exited) };
  try {
    await untilReady(child, logger, signal);
  } catch (thrown) {
    await server.stop();
    throw thrown;
  }
  return server;
}

/**
 * Whether a line of the server's log is worth a warning. That somebody asked too early or too late is not, and there are many of these;
 * nor is that a connection ended because it was told to, as those do that are still there when we end the server, nor that the one who
 * asked left without waiting for the answer: nobody but us asks, and we say so ourselves when we give up.
 */
export function isComplaint(line: string): boolean {
  const harmless =
    /the database system is (starting up|not yet accepting|shutting down)|terminating connection due to administrator command|connection to client lost/;
  return / (FATAL|PANIC): /.test(line) && !harmless.test(line);
}

/** Reads the server's log for as long as it runs. */
async function untilReady(child: ChildProcess, logger: Logger, signal: AbortSignal): Promise<void> {
  if (child.stderr === null) throw notStarted('its log cannot be read');
  const lines = createInterface({ input: child.stderr });
  const last: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    lines.on('line', (line) => {
      if (isComplaint(line)) logger.warn('embedded database complains', { line });
      else logger.debug('embedded database says', { line });
      if (last.push(line) > 5) last.shift();
      if (line.includes('database system is ready to accept connections')) resolve();
    });
    lines.once('close', () => {
      signal.removeEventListener('abort', aborted);
      reject(notStarted(last.join(' | ')));
    });
  });
}

function notStarted(why: string, cause?: unknown): TelemetryError {
  return new TelemetryError('database_unavailable', `the embedded database did not start: ${why}`, { cause });
}

/** Ends the server when we end without having done so ourselves, even by SIGKILL: the kernel then closes the pipe. */
function endWithUs(child: ChildProcess, { runAs }: EmbeddedFolders, logger: Logger): void {
  const watcher = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', String(child.pid)], {
    ...runAs,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', (error) => {
    logger.warn('the embedded database would outlive this process if that were killed', {
      error: error.message,
    });
  });
  watcher.stdin?.on('error', () => {});
  child.once('exit', () => watcher.kill('SIGKILL'));
}

/** Fast shutdown, then shutdown without a last checkpoint (the next start recovers), then force. */
async function stopChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 3000],
    ['SIGQUIT', 1000],
    ['SIGKILL', 1000],
  ] as const) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    child.kill(signal);
    const waiting = new AbortController();
    await Promise.race([exited, sleep(patienceMs, undefined, { signal: waiting.signal }).catch(() => {})]);
    waiting.abort();
  }
}
