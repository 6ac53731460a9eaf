import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openFile } from '../../src/runtime/open-file.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'open-file-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

it('opens a file, also by a link', async () => {
  const own = await folder();
  await writeFile(join(own, 'a'), 'text');
  await symlink(join(own, 'a'), join(own, 'b'));
  await using file = await openFile(join(own, 'b'));
  expect(await file.readFile('utf8')).toBe('text');
});

it.each([
  ['a folder', async (path: string) => path],
  ['a device', async () => '/dev/zero'],
  [
    'a pipe that nobody writes to',
    async (path: string) => {
      execFileSync('mkfifo', [join(path, 'pipe')]);
      return join(path, 'pipe');
    },
  ],
])('refuses %s', async (_, make) => {
  const refused = openFile(await make(await folder()));
  await expect(refused).rejects.toThrow('it is no file but a folder, a pipe or a device');
});
