import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { startCli } from '../test/e2e/support/cli.ts';
import type { Engine } from '../test/e2e/support/engine.ts';
import { makeFolder } from '../test/e2e/support/folder.ts';
import { freePort } from '../test/e2e/support/port.ts';
import { startService } from '../test/e2e/support/service.ts';

/** A program that watches an engine every ten seconds. */
export interface Watcher extends AsyncDisposable {
  readonly pid: number;
}

const intervalSeconds = 10;

/** Ours as it comes: history goes to its embedded database. */
export function watchWithDatabase(engine: Engine): Promise<Watcher> {
  return startServe(engine, []);
}

/** Ours with an OTLP endpoint, which takes all that it is sent. */
export async function watchWithEndpoint(engine: Engine): Promise<Watcher> {
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
    const serve = await startServe(engine, [`--otlp-endpoint=http://127.0.0.1:${port}`]);
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

async function startServe(engine: Engine, args: readonly string[]): Promise<Watcher> {
  const stateDir = await makeFolder('bench');
  const removeState = () => rm(stateDir, { recursive: true, force: true });
  const port = await freePort();
  const settings = [`--interval=${intervalSeconds}`, `--state-dir=${stateDir}`, `--port=${port}`];
  try {
    const service = await startCli({
      args: ['serve', ...settings, ...args],
      // Not an argument: what names the engine's folder on its command line counts as the engine.
      env: { DOCKER_HOST: engine.host },
      ready: `http://127.0.0.1:${port}/readyz`,
    });
    return {
      pid: service.pid(),
      [Symbol.asyncDispose]: () => service.stop().finally(removeState),
    };
  } catch (error) {
    await removeState();
    throw error;
  }
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
