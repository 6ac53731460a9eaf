import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.ts';

/** A new empty folder. Its path is short, because a unix socket's path holds 107 bytes. */
export async function makeFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `ciris-${name}-`));
  // Programs that give up root must still be able to reach what they own inside.
  await chmod(folder, 0o755);
  return folder;
}

/** Removes a folder of `makeFolder`, with the mounts that a killed engine left in it. */
export async function removeFolder(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  const inside = mounts.filter((path) => path.startsWith(`${folder}/`));
  if (inside.length > 0) await runProgram({ command: 'umount', args: ['--lazy', ...inside.reverse()] });
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
