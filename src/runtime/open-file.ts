import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { TelemetryError } from './errors.ts';

/**
 * Opens a file to read from. Rejects for a folder, a pipe or a device: opening a pipe waits for whoever writes to it, and
 * holds one of the few threads that read files meanwhile; a device may give bytes for ever.
 */
export async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if ((await file.stat()).isFile()) return file;
    throw new TelemetryError('protocol', 'it is no file but a folder, a pipe or a device');
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}
