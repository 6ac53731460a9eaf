import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from '../../src/runtime/make-folder.ts';

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'make-folder-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it('makes a folder with those above it, and is content with one that is there', async () => {
  const folder = join(await scratch(), 'a', 'b', 'c');
  await makeFolder(folder, 0o700);
  await makeFolder(folder, 0o700);
  expect((await stat(folder)).isDirectory()).toBe(true);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

it('is made once by several who want it at the same time', async () => {
  const above = await scratch();
  for (let round = 0; round < 50; round += 1) {
    const folder = join(above, `${round}`, 'a', 'b');
    await Promise.all(Array.from({ length: 8 }, () => makeFolder(folder)));
    expect((await stat(folder)).isDirectory()).toBe(true);
  }
});

it('is not made where a file is in the way', async () => {
  const file = join(await scratch(), 'file');
  await writeFile(file, '');
  await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(file, 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it('says so where the folder above takes nothing in', async () => {
  const closed = process.platform === 'linux' ? '/proc' : '/dev';
  await expect(makeFolder(`${closed}/made/up/folder`)).rejects.toHaveProperty('code');
});
