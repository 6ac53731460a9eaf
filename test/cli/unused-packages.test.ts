import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** In a process of its own, as the command line has one: prints what dockerode and `node:http` are, and how much they loaded of what is left out. */
const script = `
  import { createRequire } from 'node:module';
  import { leaveOutUnusedPackages } from ${JSON.stringify(new URL('../../src/cli/unused-packages.ts', import.meta.url).href)};
  const [, mode, version] = process.argv;
  if (mode === 'leave-out') leaveOutUnusedPackages(version);
  const { createServer } = await import('node:http');
  const { default: Docker } = await import('dockerode');
  const { cache } = createRequire(import.meta.url);
  const loaded = Object.keys(cache).filter((path) => /node_modules\\/(ssh2\\/lib|@grpc\\/grpc-js\\/build\\/src)\\/.+\\//.test(path));
  const fetch = process.moduleLoadList.filter((name) => name.includes('internal/deps/undici')).length;
  console.log(JSON.stringify({ docker: typeof new Docker({ socketPath: '/x' }).listContainers, http: typeof createServer, loaded: loaded.length, fetch }));
`;

async function outputOf(text: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    text,
    ...args,
  ]);
  return JSON.parse(stdout);
}

/** Loads all that the commands run, those parts included that they load when they are asked for. */
const commands = `
  const load = (path) => import(new URL('../../src/' + path, ${JSON.stringify(import.meta.url)}).href);
  const { leaveOutUnusedPackages } = await load('cli/unused-packages.ts');
  leaveOutUnusedPackages();
  await load('cli/program.ts');
  for (const command of ['serve', 'writer', 'migrate', 'policies', 'collect']) await load(\`cli/\${command}.ts\`);
  for (const part of ['app/database.ts', 'config/settings-file.ts']) await load(part);
  await import('undici');
  console.log(JSON.stringify('loaded'));
`;

describe('packages that nothing here uses', () => {
  it('are not loaded with dockerode and node:http, which work without them', async () => {
    expect(await outputOf(script, 'leave-out')).toEqual({
      docker: 'function',
      http: 'function',
      loaded: 0,
      fetch: 0,
    });
  });

  it.each(['v22.19.0', 'v22.22.2', 'v24.0.0', 'v24.7.0'])(
    'are left out but for those of Node %s itself, which could not require them any more',
    async (version) => {
      expect(await outputOf(script, 'leave-out', version)).toEqual({
        docker: 'function',
        http: 'function',
        loaded: 0,
        fetch: expect.not.toBeOneOf([0]),
      });
    },
  );

  it('are asked for no name that they do not have then', async () => {
    expect(await outputOf(commands)).toBe('loaded');
  });

  it('would be loaded else', async () => {
    expect(await outputOf(script, 'as-it-is')).toMatchObject({
      loaded: expect.not.toBeOneOf([0]),
      fetch: expect.not.toBeOneOf([0]),
    });
  });
});
