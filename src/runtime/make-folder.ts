import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from './errors.ts';

/**
 * Makes a folder, with those above it, unless it is there. Node's own way never ends where a folder is there and takes nothing in: `/proc`
 * is one, and so is what was mounted from a folder that was deleted since.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const failure = await attempt(path, mode);
  if (failure === undefined) return;
  if (systemCodeOf(failure) !== 'ENOENT') throw failure;
  // The one above may also have been made by another in the meantime.
  if (!(await isFolder(dirname(path)))) await makeFolder(dirname(path), mode);
  const again = await attempt(path, mode);
  if (again !== undefined) throw again;
}

/** What went wrong, where the folder is not there then. */
async function attempt(path: string, mode: number): Promise<unknown> {
  try {
    await mkdir(path, { mode });
    return undefined;
  } catch (thrown) {
    return (await isFolder(path)) ? undefined : thrown;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
