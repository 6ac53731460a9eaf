import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../app/support.ts';

const main = fileURLToPath(new URL('../../src/demo/main.ts', import.meta.url));
/** Snapshots go where nobody listens, so that no database is made. */
const flags = ['--port', '0', '--otlp-endpoint', 'http://127.0.0.1:9'];

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    errors += part;
  });
  const ended = once(child, 'close').then(([code]) => code);
  return {
    child,
    ended,
    output: text(child.stdout),
    errors: () => errors,
    /** Resolves with what it found on standard error; rejects when the process ends without it. */
    async said(pattern: RegExp): Promise<string> {
      for (;;) {
        const found = pattern.exec(errors)?.[1];
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`it ended without saying ${pattern}: ${errors}`);
        await Promise.race([once(child.stderr, 'data'), ended]);
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('the demo', () => {
  it('serves the metrics of its fleet, tells what there is to see, and leaves nothing behind', async () => {
    await using folder = await testFolder();
    await using demo = start(flags, { TMPDIR: folder.path });
    const url = await demo.said(/metrics=([^,]+)/);
    expect((await fetch(url)).status).toBe(200);
    expect(await readdir(folder.path)).toHaveLength(1);

    const signalledAt = performance.now();
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(performance.now() - signalledAt).toBeLessThan(20_000);
    expect(await readdir(folder.path)).toEqual([]);
    const told = await demo.output;
    for (const word of ['Aurora', 'Fjord', 'Grove', '/metrics', '/telemetry/status', 'ontainers']) {
      expect(told).toContain(word);
    }
    expect(demo.errors()).not.toMatch(/ error |stands still/);
  });

  it('leaves nothing behind when serve cannot start', async () => {
    await using folder = await testFolder();
    await using demo = start([...flags, '--interval', 'often'], { TMPDIR: folder.path });
    expect(await demo.ended).toBe(2);
    expect(demo.errors()).toMatch(/^ciris-telemetry: setting interval: "often" [^\n]+\n$/);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('refuses what is no flag of serve', async () => {
    await using demo = start(['--fleet', 'large']);
    expect(await demo.ended).toBe(2);
    expect(demo.errors()).toMatch(
      /^ciris-telemetry: the demo takes the flags of serve[^\n]+'--fleet'[^\n]*\n$/,
    );
  });
});
