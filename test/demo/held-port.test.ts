import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { holdPort } from '../../src/demo/held-port.ts';

const host = '127.0.0.1';

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('There is no port');
  return address.port;
}

describe('a port that is held', () => {
  it('refuses whoever connects, and can be listened on as soon as it is released', async () => {
    let server = await listen(0);
    const port = portOf(server);
    for (let round = 0; round < 5; round += 1) {
      await close(server);
      const held = await holdPort(port, host);
      await expect(once(connect(port, host), 'connect')).rejects.toThrow('ECONNREFUSED');
      await held.release();
      server = await listen(port);
      expect(portOf(server)).toBe(port);
    }
    await close(server);
  });

  it('is not to be had where another listens', async () => {
    const server = await listen(0);
    await expect(holdPort(portOf(server), host)).rejects.toThrow('EADDRINUSE');
    await close(server);
  });
});
