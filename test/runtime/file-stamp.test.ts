import { open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { stampOf } from '../../src/runtime/file-stamp.ts';

const path = join(tmpdir(), `telemetry-file-stamp-${process.pid}`);
afterAll(() => rm(path, { force: true }));

const writtenMs = Date.UTC(2026, 10, 25);

async function write(text: string, atMs = writtenMs): Promise<void> {
  await writeFile(`${path}.new`, text);
  await utimes(`${path}.new`, atMs / 1000, atMs / 1000);
  await rename(`${path}.new`, path);
}

async function stamp(nowMs: number) {
  await using file = await open(path);
  return await stampOf(file, nowMs);
}

it('a file that is not new has a mark, which is the same until it is written again', async () => {
  await write('one');
  const first = await stamp(writtenMs + 3000);
  expect(first).toMatchObject({ mark: expect.any(String), size: 3, modifiedMs: writtenMs });
  expect(await stamp(writtenMs + 9000)).toEqual(first);
  await write('two', writtenMs + 1000);
  expect((await stamp(writtenMs + 9000)).mark).not.toBe(first.mark);
});

it.each([500, -500])(
  'one that was written within %i ms of now has none: it may change without a trace',
  async (ms) => {
    await write('new');
    expect((await stamp(writtenMs + ms)).mark).toBeUndefined();
  },
);
