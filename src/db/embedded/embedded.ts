import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Releasers } from '../../runtime/releasers.ts';
import { findBinaries, majorVersion } from './binaries.ts';
import { prepareData } from './data.ts';
import { prepareFolders, requireAccess, unusable } from './folders.ts';
import { clearLeftovers } from './leftovers.ts';
import { lockFolder } from './lock.ts';
import { type ServerProcess, startServer } from './server.ts';

export interface EmbeddedOptions {
  /** The database lives in its folder `postgres`. */
  readonly stateDir: string;
  readonly logger: Logger;
  /** Gives up starting. */
  readonly signal: AbortSignal;
}

export interface EmbeddedDatabase {
  /** Of a unix socket that only the server's user and root may use; holds no secret. */
  readonly url: string;
  /** Ends the server within five seconds. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL server that comes with the package, and keeps it running until it is stopped or this process ends.
 * Rejects with `state_unusable` for the folder's sake and with `database_unavailable` for the server's.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { stateDir, logger, signal } = options;
  const binaries = findBinaries();
  const folders = await prepareFolders(stateDir);
  const { root, sockets, runAs } = folders;
  if (runAs !== undefined) await requireAccess(await realpath(dirname(binaries.postgres)), runAs);
  const major = await majorVersion(binaries, runAs, signal);
  const releasers = new Releasers();
  try {
    const lock = await lockFolder(join(sockets, 'owner.sock')).catch((cause: unknown) => {
      throw unusable(root, messageOf(cause), cause);
    });
    if (lock === undefined) throw unusable(root, 'another process of ciris-telemetry uses it');
    releasers.add('lock', () => lock.release());
    await clearLeftovers(folders, binaries, options);
    await prepareData(folders, binaries, { major, signal });
    const start = (until: AbortSignal) =>
      startServer({ postgres: binaries.postgres, folders, logger, signal: until });
    const stop = keepRunning(await start(signal), start, logger);
    releasers.add('server', stop);
  } catch (thrown) {
    await releasers.close();
    throw thrown;
  }
  return {
    // With its port, or PGPORT would be taken for it.
    url: `postgresql://telemetry@/postgres?host=${encodeURIComponent(sockets)}&port=5432`,
    stop: () => releasers.close(),
  };
}

/** Starts the server again whenever it ends unasked, for want of memory for example. Returns what ends it for good. */
function keepRunning(
  first: ServerProcess,
  start: (signal: AbortSignal) => Promise<ServerProcess>,
  logger: Logger,
): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  let server = first;
  const restart = async (pauseMs: number): Promise<void> => {
    await sleep(pauseMs, undefined, { signal });
    try {
      server = await start(signal);
      if (signal.aborted) await server.stop();
    } catch (thrown) {
      signal.throwIfAborted();
      logger.error('the embedded database does not come back', { error: messageOf(thrown) });
      await restart(Math.min(pauseMs * 2, 30_000));
    }
  };
  const kept = (async () => {
    for (;;) {
      await server.exited;
      signal.throwIfAborted();
      logger.error('the embedded database ended unexpectedly; starting it again');
      await restart(1000);
      logger.info('the embedded database is back');
    }
  })().catch(() => {});
  return async () => {
    stopping.abort();
    await server.stop();
    await kept;
  };
}
