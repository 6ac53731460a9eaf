import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Engine } from '../test/e2e/support/engine.ts';
import { answers } from '../test/e2e/support/eventually.ts';
import { makeFolder } from '../test/e2e/support/folder.ts';
import { freePort } from '../test/e2e/support/port.ts';
import { startService } from '../test/e2e/support/service.ts';
import type { BuiltPackage } from './built-package.ts';

/** A program that watches an engine every ten seconds. */
export interface Watcher extends AsyncDisposable {
  readonly pid: number;
}

const intervalSeconds = 10;

/** Ours as it comes: history goes to its embedded database. */
export function watchWithDatabase(ours: BuiltPackage, engine: Engine): Promise<Watcher> {
  return startServe(ours, engine, []);
}

/** Ours with an OTLP endpoint, which takes all that it is sent. */
export async function watchWithEndpoint(ours: BuiltPackage, engine: Engine): Promise<Watcher> {
  const sink = createServer((request, response) => {
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
  });
  const port = await freePort();
  sink.listen(port, '127.0.0.1');
  await once(sink, 'listening');
  const close = async (): Promise<void> => {
    sink.closeAllConnections();
    sink.close();
    await once(sink, 'close');
  };
  try {
    const serve = await startServe(ours, engine, [`--otlp-endpoint=http://127.0.0.1:${port}`]);
    return {
      pid: serve.pid,
      [Symbol.asyncDispose]: async () => {
        try {
          await serve[Symbol.asyncDispose]();
        } finally {
          await close();
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startServe(ours: BuiltPackage, engine: Engine, args: readonly string[]): Promise<Watcher> {
  const stateDir = await makeFolder('bench');
  const port = await freePort();
  const settings = [`--interval=${intervalSeconds}`, `--state-dir=${stateDir}`, `--port=${port}`];
  const service = await startService({
    name: 'ciris-telemetry serve',
    command: process.execPath,
    args: [ours.main, 'serve', ...settings, ...args],
    // Not an argument: what names the engine's folder on its command line counts as the engine.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DOCKER_HOST: engine.host },
    deathSignal: 'SIGTERM',
    ready: () => answers(`http://127.0.0.1:${port}/readyz`),
    cleanup: () => rm(stateDir, { recursive: true, force: true }),
  });
  return { pid: service.pid(), [Symbol.asyncDispose]: () => service.stop() };
}

/** Telegraf, this program of it, with its docker input as it comes; its figures go nowhere. */
export async function watchWithTelegraf(program: string, engine: Engine): Promise<Watcher> {
  const folder = await makeFolder('bench');
  const config = join(folder, 'telegraf.conf');
  const lines = [
    '[agent]',
    `interval = "${intervalSeconds}s"`,
    `flush_interval = "${intervalSeconds}s"`,
    '[[outputs.file]]',
    'files = ["/dev/null"]',
    '[[inputs.docker]]',
    `endpoint = "${engine.host}"`,
  ];
  await writeFile(config, lines.join('\n'));
  const service = await startService({
    name: 'telegraf',
    command: program,
    args: [`--config=${config}`],
    deathSignal: 'SIGTERM',
    ready: (running) => running.line(/Loaded inputs/),
    cleanup: () => rm(folder, { recursive: true }),
  });
  return { pid: service.pid(), [Symbol.asyncDispose]: () => service.stop() };
}
