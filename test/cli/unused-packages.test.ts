import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** In a process of its own, as the command line has one: prints what dockerode and `node:http` are, and how much they loaded of what is left out. */
const script = `
  import { createRequire } from 'node:module';
  import { leaveOutUnusedPackages } from ${JSON.stringify(new URL('../../src/cli/unused-packages.ts', import.meta.url).href)};
  if (process.argv[1] === 'leave-out') leaveOutUnusedPackages();
  const { createServer } = await import('node:http');
  const { default: Docker } = await import('dockerode');
  const { cache } = createRequire(import.meta.url);
  const loaded = Object.keys(cache).filter((path) => /node_modules\\/(ssh2\\/lib|@grpc\\/grpc-js\\/build\\/src)\\/.+\\//.test(path));
  const fetch = process.moduleLoadList.filter((name) => name.includes('internal/deps/undici')).length;
  console.log(JSON.stringify({ docker: typeof new Docker({ socketPath: '/x' }).listContainers, http: typeof createServer, loaded: loaded.length, fetch }));
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
  it('are not loaded with dockerode and node:http, which work without them', async () => {
    expect(await loadedBy('leave-out')).toEqual({
      docker: 'function',
      http: 'function',
      loaded: 0,
      fetch: 0,
    });
  });

  it('would be loaded else', async () => {
    expect(await loadedBy('as-it-is')).toMatchObject({
      loaded: expect.not.toBeOneOf([0]),
      fetch: expect.not.toBeOneOf([0]),
    });
  });
});
