import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAgentsCase, runAgentsCase } from './case.ts';

const root = join(import.meta.dirname, '../../cases/agents');
const update = process.env.UPDATE_CASES !== undefined;

describe('agents', async () => {
  const cases = await Promise.all(
    readdirSync(root)
      .sort()
      .map(async (name) => ({ name, ...(await readAgentsCase(join(root, name))) })),
  );

  it('has cases', () => {
    expect(cases.length).toBeGreaterThan(20);
  });

  it.each(cases)('$name: $title', async ({ name }) => {
    const file = join(root, name, 'expected.json');
    const collected = await runAgentsCase(join(root, name));
    if (update) await writeFile(file, `${JSON.stringify(collected, null, 2)}\n`);
    expect(collected).toEqual(JSON.parse(await readFile(file, 'utf8')));
  });
});
