import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './checkout.ts';

const output = join(checkout, 'dist');
const program = join(output, 'cli/main.js');

// What an earlier build left behind would be part of the package.
rmSync(output, { recursive: true, force: true });
const { status } = spawnSync(join(checkout, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: checkout,
  stdio: 'inherit',
});
if (status === 0) chmodSync(program, 0o755);
process.exitCode = status ?? 1;
