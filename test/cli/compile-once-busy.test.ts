import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const file = new URL('../../src/cli/compile-once-busy.ts', import.meta.url).href;

/** What a program prints that has this to do, again and again, and says at its end whether V8 optimized it. */
async function run(work: string, windows: string): Promise<string> {
  const program = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { compileOnceBusy } from ${JSON.stringify(file)};
    compileOnceBusy(${windows});
    const status = new Function('f', 'return %GetOptimizationStatus(f)');
    const optimized = 16;
    const sum = (count) => { let all = 0; for (let i = 0; i < count; i += 1) all += i % 7; return all; };
    const isOptimized = () => (status(sum) & optimized) !== 0;
    ${work}
    console.log(isOptimized());
    process.exit();
  `;
  const args = ['--allow-natives-syntax', '--no-maglev', '--input-type=module', '--eval', program];
  return (await promisify(execFile)(process.execPath, args)).stdout.trim();
}

it('optimizes what a busy process runs', async () => {
  const work = 'while (!isOptimized()) { for (let n = 0; n < 1000; n += 1) sum(10_000); await sleep(1); }';
  expect(await run(work, '{ startUpMs: 0, windowMs: 50 }')).toBe('true');
});

/** Enough for V8 to optimize it, were it let. */
const much = 'for (let n = 0; n < 400; n += 1) { sum(10_000); if (n % 40 === 0) await sleep(1); }';

it('optimizes nothing while it starts', async () => {
  expect(await run(much, '{ startUpMs: 3_600_000, windowMs: 1 }')).toBe('false');
});

it('optimizes nothing of a process that rests', async () => {
  // All that is much is done before it may be optimized, on a slow machine too.
  const work = `${much} await sleep(8500); sum(10_000);`;
  expect(await run(work, '{ startUpMs: 6000, windowMs: 1000 }')).toBe('false');
});
