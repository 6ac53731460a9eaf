import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { part } from './parts.ts';
import { succeed } from './program.ts';

/** Writes a tar archive that an engine can import as an image: one static busybox and its many names. */
export async function writeBusyboxImage(folder: string, archive: string): Promise<void> {
  const busybox = part('busybox');
  const bin = join(folder, 'image/bin');
  await mkdir(bin, { recursive: true });
  await copyFile(busybox, join(bin, 'busybox'));
  const names = await succeed({ command: busybox, args: ['--list'] });
  const links = names.split('\n').filter((name) => name !== 'busybox');
  await Promise.all(links.map((name) => symlink('busybox', join(bin, name))));
  await succeed({ command: 'tar', args: ['-cf', archive, '-C', join(folder, 'image'), '.'] });
}
