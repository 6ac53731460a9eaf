import { join } from 'node:path';
import { type FolderLock, lockFolder } from '../db/embedded/lock.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { makeFolder } from '../runtime/make-folder.ts';

/** A socket's address holds 107 bytes on Linux and 103 on macOS. */
const maxAddressBytes = 103;

/**
 * Keeps a second exporter out of a spool, for two would send, miss and count each other's snapshots. Where there can be no lock, as on
 * file systems without sockets, the spool is used without one.
 */
export async function lockSpool(directory: string, logger: Logger): Promise<FolderLock | undefined> {
  const address = join(directory, 'owner.sock');
  if (Buffer.byteLength(address) > maxAddressBytes) return undefined;
  let lock: FolderLock | undefined;
  try {
    await makeFolder(directory, 0o700);
    lock = await lockFolder(address);
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
