import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findBinaries } from '../../src/db/embedded/binaries.ts';
import { startEmbedded } from '../../src/db/embedded/embedded.ts';
import { silentLogger } from '../../src/runtime/logger.ts';

const run = promisify(execFile);

/** A temporary folder that the server's user may enter. */
export async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ciris-telemetry-test-'));
  await chmod(folder, 0o755);
  return folder;
}

/** A state directory with a database that is initialised already: a copy, which takes a tenth of the time. */
export async function openStateDir(): Promise<string> {
  const template = await templateFolder();
  const folder = await openFolder();
  await run('cp', ['-a', join(template, 'postgres'), folder]);
  return folder;
}

const cache = fileURLToPath(new URL('../../node_modules/.cache/ciris-telemetry', import.meta.url));

/** Made once for each version of the server, whatever the number of test files and runs. */
async function templateFolder(): Promise<string> {
  const template = join(cache, `postgres-${await serverVersion()}`);
  if (await exists(template)) return template;
  await mkdir(cache, { recursive: true });
  const made = await mkdtemp(join(cache, 'making-'));
  await chmod(made, 0o755);
  const signal = AbortSignal.timeout(60_000);
  await (await startEmbedded({ stateDir: made, logger: silentLogger, signal })).stop();
  await rename(made, template).catch(async (thrown: unknown) => {
    // Another test file was quicker.
    await rm(made, { recursive: true });
    if (!(await exists(template))) throw thrown;
  });
  return template;
}

async function serverVersion(): Promise<string> {
  const description = join(dirname(findBinaries().postgres), '..', '..', 'package.json');
  return JSON.parse(await readFile(description, 'utf8')).version;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
