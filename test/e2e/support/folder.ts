import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { runProgram } from './program.ts';

/** A new empty folder. Its path is short, because a unix socket's path holds 107 bytes. */
export async function makeFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `ciris-${name}-`));
  // Programs that give up root must still be able to reach what they own inside.
  await chmod(folder, 0o755);
  return folder;
}

/** Removes a folder of `makeFolder`, with what is mounted there or was left mounted in it by a killed engine. */
export async function removeFolder(folder: string): Promise<void> {
  await eventually(`${folder} is removed`, async () => {
    await unmountInside(folder);
    await rm(folder, { recursive: true, force: true });
    return true;
  });
}

/** Waits until no program runs that was told of this folder, as Podman's are that clean up behind its back. */
export async function untilUnused(folder: string): Promise<void> {
  await eventually(`nothing runs in ${folder}`, async () => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const commands = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
    return (await Promise.all(commands)).every((command) => !command.includes(folder)) || undefined;
  });
}

async function unmountInside(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  const inside = mounts
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .reverse();
  if (inside.length > 0) await runProgram({ command: 'umount', args: ['--lazy', ...inside] });
}
