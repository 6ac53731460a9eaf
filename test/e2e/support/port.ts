import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemCodeOf } from '../../../src/runtime/errors.ts';

/**
 * Below the ports that Linux gives to connections, so that a program which is killed finds its own again, and of a range that no other
 * test file uses at the same time.
 */
const first = 10_000;
const perWorker = 2_000;
const range = first + (Number(process.env.VITEST_POOL_ID ?? 0) % 10) * perWorker;
let next = Math.floor(Math.random() * perWorker);

/** A loopback port that nothing listens on at this moment, and that is not given again soon. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < perWorker; tried += 1) {
    const port = range + next;
    next = (next + 1) % perWorker;
    if (await isFree(port)) return port;
  }
  throw new Error(`All ports from ${range} to ${range + perWorker} are taken`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (thrown) {
    if (systemCodeOf(thrown) === 'EADDRINUSE') return false;
    throw thrown;
  }
  server.close();
  await once(server, 'close');
  return true;
}
