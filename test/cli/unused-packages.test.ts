import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** In a process of its own, as the command line has one: prints what dockerode is, and which files of these packages it loaded. */
const script = `
  import { createRequire } from 'node:module';
  import { leaveOutUnusedPackages } from ${JSON.stringify(new URL('../../src/cli/unused-packages.ts', import.meta.url).href)};
  if (process.argv[1] === 'leave-out') leaveOutUnusedPackages();
  const { default: Docker } = await import('dockerode');
  const { cache } = createRequire(import.meta.url);
  const loaded = Object.keys(cache).filter((path) => /node_modules\\/(ssh2\\/lib|@grpc\\/grpc-js\\/build\\/src)\\/.+\\//.test(path));
  console.log(JSON.stringify({ docker: typeof new Docker({ socketPath: '/x' }).listContainers, loaded: loaded.length }));
`;

async function loadedBy(how: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    script,
    how,
  ]);
  return JSON.parse(stdout);
}

describe('packages that nothing here uses', () => {
  it('are not loaded with dockerode, which works without them', async () => {
    expect(await loadedBy('leave-out')).toEqual({ docker: 'function', loaded: 0 });
  });

  it('would be loaded else', async () => {
    expect(await loadedBy('as-it-is')).toMatchObject({ loaded: expect.not.toBeOneOf([0]) });
  });
});
