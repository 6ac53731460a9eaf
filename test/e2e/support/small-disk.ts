import { randomUUID } from 'node:crypto';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../../../src/runtime/errors.ts';
import { makeFolder } from './folder.ts';
import { succeed } from './program.ts';

/** A new empty folder that is a disk of its own, in memory, of a size as `mount` takes it; `removeFolder` takes it away. */
export async function makeSmallDisk(size: string): Promise<string> {
  const folder = await makeFolder('disk');
  await succeed({ command: 'mount', args: ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'tmpfs', folder] });
  return folder;
}

/** Takes all the room that is left on the disk of this folder, once more where others gave some back; what is returned gives it back. */
export async function fillDisk(folder: string): Promise<() => Promise<void>> {
  const ballast = join(folder, `ballast-${randomUUID()}`);
  const { bavail, bsize } = await statfs(folder);
  try {
    // More than there is: others write meanwhile, and may give some back.
    await writeFile(ballast, Buffer.alloc((bavail + 256) * bsize));
  } catch (thrown) {
    if (systemCodeOf(thrown) !== 'ENOSPC') throw thrown;
  }
  return () => rm(ballast);
}
