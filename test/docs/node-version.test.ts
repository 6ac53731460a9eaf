import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
const engines = z.object({ node: z.string() });
const lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ dev: z.boolean().optional(), engines: engines.optional().catch(undefined) }),
  ),
});

/** Of `>=22.19.0`: the number that orders versions. Other ranges all begin with older ones. */
function leastOf(range: string): number {
  const [, major = '0', minor = '0'] = /^>=\s*(\d+)(?:\.(\d+))?/.exec(range) ?? [];
  return Number(major) * 1000 + Number(minor);
}

it('the package asks for a Node that all of its dependencies accept, and the README says so', () => {
  const { node } = z.object({ engines }).parse(read('package.json')).engines;
  const { '': _, ...packages } = lock.parse(read('package-lock.json')).packages;
  const needed = Object.values(packages).filter(({ dev }) => dev !== true);
  expect(needed.length).toBeGreaterThan(20);
  const tooNew = needed.filter(({ engines }) => leastOf(engines?.node ?? '') > leastOf(node));
  expect(tooNew).toEqual([]);
  expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toContain(
    node.replace('>=', 'Node '),
  );
});
