import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type FolderLock, lockFolder } from '../db/embedded/lock.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { makeFolder } from '../runtime/make-folder.ts';

/** A socket's address holds 107 bytes on Linux and 103 on macOS. */
const maxAddressBytes = 103;
const socket = 'owner.sock';

/**
 * Keeps a second exporter out of a spool, for two would send, miss and count each other's snapshots. Where there can be no lock, as on
 * file systems without sockets, the spool is used without one.
 */
export async function lockSpool(directory: string, logger: Logger): Promise<FolderLock | undefined> {
  let lock: FolderLock | undefined;
  try {
    await makeFolder(directory, 0o700);
    lock = await lockWithin(directory);
  } catch (thrown) {
    logger.debug('the spool is used without a lock', { directory, error: messageOf(thrown) });
    return undefined;
  }
  if (lock !== undefined) return lock;
  throw new TelemetryError(
    'state_unusable',
    `another exporter keeps its waiting snapshots in ${directory}: stop it, or give each its own folder with --state-dir / TELEMETRY_STATE_DIR`,
  );
}

async function lockWithin(directory: string): Promise<FolderLock | undefined> {
  const address = join(directory, socket);
  if (Buffer.byteLength(address) <= maxAddressBytes) return lockFolder(address);
  // On Linux a folder that is open has a short path, too.
  const folder = await open(directory);
  const lock = await lockFolder(`/proc/self/fd/${folder.fd}/${socket}`).catch(async (thrown: unknown) => {
    await folder.close();
    throw thrown;
  });
  if (lock === undefined) await folder.close();
  return lock && { release: () => lock.release().finally(() => folder.close()) };
}
