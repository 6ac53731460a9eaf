import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDeploymentCase, runDeploymentCase } from './case.ts';

const root = join(import.meta.dirname, '../../cases/deployments');
const update = process.env.UPDATE_CASES !== undefined;

describe('deployments', async () => {
  const cases = await Promise.all(
    readdirSync(root)
      .sort()
      .map(async (name) => ({ name, ...(await readDeploymentCase(join(root, name))) })),
  );

  it('has cases', () => {
    expect(cases.length).toBeGreaterThan(10);
  });

  it.each(cases)('$name: $title', async ({ name }) => {
    const file = join(root, name, 'expected.json');
    const collected = await runDeploymentCase(join(root, name));
    if (update) await writeFile(file, `${JSON.stringify(collected, null, 2)}\n`);
    expect(collected).toEqual(JSON.parse(await readFile(file, 'utf8')));
  });
});
