import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCase, runDockerCase } from './collectors/docker/case.ts';

/** How the cases of a collector are run; a collector without an entry here fails the first test. */
const runners: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  docker: runDockerCase,
};

const update = process.env.UPDATE_CASES !== undefined;
const root = import.meta.dirname;

const foldersIn = (path: string): readonly string[] =>
  (existsSync(path) ? readdirSync(path, { withFileTypes: true }) : [])
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

const sources = join(root, '../src/collectors');
const collectors = foldersIn(sources).filter((name) => existsSync(join(sources, name, 'index.ts')));

describe('cases', () => {
  it.each(collectors)('of the collector %s are there', (collector) => {
    expect(Object.keys(runners)).toContain(collector);
    expect(foldersIn(join(root, 'cases', collector))).not.toEqual([]);
  });
});

describe.each(collectors.filter((name) => foldersIn(join(root, 'cases', name)).length > 0))(
  '%s',
  async (collector) => {
    const run = runners[collector];
    const parent = join(root, 'cases', collector);
    const cases = await Promise.all(
      foldersIn(parent).map(async (name) => ({
        name,
        folder: join(parent, name),
        ...(await readCase(join(parent, name))),
      })),
    );
    it.concurrent.each(cases)('$name: $title', async ({ folder }) => {
      const collected = await run?.(folder);
      const file = join(folder, 'expected.json');
      if (update) await writeFile(file, `${JSON.stringify(collected, null, 2)}\n`);
      expect(collected).toEqual(JSON.parse(await readFile(file, 'utf8')));
    });
  },
);
