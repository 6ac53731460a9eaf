import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTargetsCase, runTargetsCase } from './case.ts';

const update = process.env.UPDATE_CASES !== undefined;
const parent = join(import.meta.dirname, '../../cases/targets');
const cases = await Promise.all(
  readdirSync(parent).map(async (name) => ({
    name,
    folder: join(parent, name),
    title: (await readTargetsCase(join(parent, name))).title,
  })),
);

describe('the cases of targets', () => {
  it.concurrent.each(cases)('$name: $title', async ({ folder }) => {
    const collected = await runTargetsCase(folder);
    const file = join(folder, 'expected.json');
    if (update) await writeFile(file, `${JSON.stringify(collected, null, 2)}\n`);
    expect(collected).toEqual(JSON.parse(await readFile(file, 'utf8')));
  });
});
