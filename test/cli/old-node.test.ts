import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { complaintOfOldNode } from '../../src/cli/old-node.ts';

const { engines } = z
  .object({ engines: z.object({ node: z.string().startsWith('>=') }) })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
const needed = engines.node.slice(2);

it.each([`v${needed}.0`, 'v23.0.0', 'v24.21.0', process.version])('Node %s is new enough', (version) => {
  expect(complaintOfOldNode(version)).toBeUndefined();
});

it.each(['v20.20.2', 'v22.18.9', 'v22.1.0'])('Node %s is told to be too old', (version) => {
  expect(complaintOfOldNode(version)).toBe(
    `ciris-telemetry: Node ${needed} or newer is needed, and this is ${version}: run it with another Node`,
  );
});

it('an old Node gets as far as to be told so, for what is loaded until then asks it for nothing newer by name', () => {
  const sources = ['cli/main.ts', 'cli/unused-packages.ts', 'cli/old-node.ts', 'runtime/address-patience.ts'];
  const names = sources.flatMap((source) => {
    const text = readFileSync(new URL(`../../src/${source}`, import.meta.url), 'utf8');
    return [...text.matchAll(/^import \{(.+)\} from 'node:/gm)].map(([, name = '']) => name.trim());
  });
  expect(names).toEqual(['setFlagsFromString']);
});
