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
