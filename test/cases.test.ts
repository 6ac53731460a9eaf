import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runDockerCase } from './collectors/docker/case.ts';
import { runEndpointsCase } from './collectors/endpoints/case.ts';
import { runVersionsCase } from './collectors/versions/case.ts';

/** How the cases of a collector are run, where it has no runner of its own (`test/collectors/<name>/cases.test.ts`). */
const runners: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  docker: runDockerCase,
  endpoints: runEndpointsCase,
  versions: runVersionsCase,
};

const update = process.env.UPDATE_CASES !== undefined;
const root = import.meta.dirname;

const foldersIn = (path: string): readonly string[] =>
  (existsSync(path) ? readdirSync(path, { withFileTypes: true }) : [])
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

describe('every folder of cases', () => {
  it.each(foldersIn(join(root, 'cases')))('%s is run', (collector) => {
    const ownRunner = join(root, 'collectors', collector, 'cases.test.ts');
    expect(collector in runners || existsSync(ownRunner)).toBe(true);
    expect(foldersIn(join(root, 'cases', collector))).not.toEqual([]);
  });
});

const titled = z.object({ title: z.string().min(1) });

const titleOf = async (folder: string): Promise<string> =>
  titled.parse(JSON.parse(await readFile(join(folder, 'case.json'), 'utf8'))).title;

describe.each(Object.entries(runners))('%s', async (collector, run) => {
  const parent = join(root, 'cases', collector);
  const cases = await Promise.all(
    foldersIn(parent).map(async (name) => {
      const folder = join(parent, name);
      return { name, folder, title: await titleOf(folder) };
    }),
  );
  it.concurrent.each(cases)('$name: $title', async ({ folder }) => {
    const collected = await run(folder);
    const file = join(folder, 'expected.json');
    if (update) await writeFile(file, `${JSON.stringify(collected, null, 2)}\n`);
    expect(collected).toEqual(JSON.parse(await readFile(file, 'utf8')));
  });
});
