import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from './errors.ts';

/**
 * Makes a folder, with those above it, unless it is there. Node's own way never ends where a folder is there and takes nothing in: `/proc`
 * is one, and so is what was mounted from a folder that was deleted since.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (thrown) {
    if (await isFolder(path)) return;
    if (systemCodeOf(thrown) !== 'ENOENT' || (await isFolder(dirname(path)))) throw thrown;
    await makeFolder(dirname(path), mode);
    await makeFolder(path, mode);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
