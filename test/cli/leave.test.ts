import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { testFolder } from '../app/support.ts';

const leave = new URL('../../src/cli/leave.ts', import.meta.url).href;

/** Opening a pipe to which nobody writes holds a thread for ever. */
async function pipeIn(folder: string): Promise<string> {
  const path = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [path]);
  return path;
}

/** Runs a program that calls what `leave.ts` has to offer; its exit code and what it wrote. */
async function run(program: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, said };
}

it.each([
  ['at once', 'leave(3);'],
  ['soon, with the exit code that was set', 'process.exitCode = 3; leaveSoon();'],
])('ends the process %s, though a file is being opened that never will be', async (_, call) => {
  await using folder = await testFolder();
  const path = JSON.stringify(await pipeIn(folder.path));
  const program = `
    import { open } from 'node:fs/promises';
    import { leave, leaveSoon } from ${JSON.stringify(leave)};
    process.stdout.write('all of it');
    open(${path});
    setTimeout(() => { ${call} }, 50);
  `;
  expect(await run(program)).toEqual({ code: 3, said: 'all of it' });
});

it('lets the process end by itself where nothing is under way', async () => {
  const program = `
    import { leaveSoon } from ${JSON.stringify(leave)};
    process.on('beforeExit', () => process.stdout.write('by itself'));
    leaveSoon();
  `;
  expect(await run(program)).toEqual({ code: 0, said: 'by itself' });
});
