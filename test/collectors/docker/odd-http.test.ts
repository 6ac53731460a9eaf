import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Collected } from '../../../src/collectors/collector.ts';
import { collectNow, containersOf, fleet, startCollector } from './support.ts';

const answers = fleet({ size: 1, ticks: false });

interface Wire {
  readonly socket: Socket;
  readonly path: string;
  readonly body: string;
}

/** Collects from an engine whose answers are written to the wire as they are. */
async function collectFrom(write: (wire: Wire) => void): Promise<Collected> {
  const folder = await mkdtemp(join(tmpdir(), 'odd-http-'));
  const socketPath = join(folder, 'docker.sock');
  const server = createServer((socket) => {
    let head = '';
    socket.on('error', () => undefined);
    socket.on('data', async (chunk) => {
      head += chunk;
      if (!head.endsWith('\r\n\r\n')) return;
      const url = new URL(head.split(' ', 2)[1] ?? '/', 'http://engine');
      head = '';
      const path = url.pathname.replace(/^\/v\d+\.\d+/, '');
      const reaction = await answers({ path, apiVersion: undefined, query: url.searchParams, headers: {} });
      const body = typeof reaction === 'string' ? '' : JSON.stringify(reaction.body);
      write({ socket, path, body });
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const collector = startCollector({ dockerHost: `unix://${socketPath}` });
  onTestFinished(async () => {
    await collector.close();
    server.close();
    await rm(folder, { recursive: true });
  });
  return await collectNow(collector);
}

const head = (fields: string, version = '1.1'): string =>
  `HTTP/${version} 200 OK\r\nServer: Docker/28.0.0 (linux)\r\n${fields}\r\n`;
const whole = ({ socket, body }: Wire): boolean =>
  socket.write(`${head(`Content-Length: ${Buffer.byteLength(body)}\r\n`)}${body}`);
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const chunked = head('Transfer-Encoding: chunked\r\n');

describe('an engine is understood', () => {
  it.each<[how: string, write: (wire: Wire) => void]>([
    ['in HTTP/1.0, without a length', ({ socket, body }) => socket.end(head('', '1.0') + body)],
    [
      'on a connection for each answer',
      ({ socket, body }) =>
        socket.end(head(`Connection: close\r\nContent-Length: ${body.length}\r\n`) + body),
    ],
    [
      'in chunks of three bytes',
      ({ socket, body }) =>
        socket.write(`${chunked}${(body.match(/.{1,3}/gs) ?? []).map(chunk).join('')}0\r\n\r\n`),
    ],
    [
      'after a hint, and after being told to go on',
      (wire) => {
        wire.socket.write('HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
        whole(wire);
      },
    ],
  ])('%s', async (_, write) => {
    const collected = await collectFrom(write);
    expect(collected).not.toHaveProperty('failure');
    expect(collected.problems).toEqual([]);
    expect(containersOf(collected)[0]?.values).toMatchObject({ cpuTimeUser: 0.6, memoryUsage: 6e8 });
  });
});

describe('figures that are cut off', () => {
  it.each<[where: string, write: (wire: Wire) => void]>([
    ['after some bytes, in HTTP/1.0', ({ socket, body }) => socket.end(head('', '1.0') + body.slice(0, 50))],
    ['before their last chunk', ({ socket, body }) => socket.end(chunked + chunk(body))],
    [
      'before their length',
      ({ socket, body }) => socket.end(`${head(`Content-Length: ${body.length + 1}\r\n`)}${body}`),
    ],
  ])('%s are no figures, and a problem', async (_, write) => {
    const collected = await collectFrom((wire) => (wire.path.endsWith('/stats') ? write(wire) : whole(wire)));
    expect(collected).not.toHaveProperty('failure');
    expect(collected.problems).toHaveLength(1);
    const { values, states } = containersOf(collected)[0] ?? {};
    expect(states).toEqual({ state: 'running' });
    expect(values).not.toHaveProperty('memoryUsage');
    expect(values).not.toHaveProperty('cpuTimeUser');
  });

  it('as is a list, of which the engine is down', async () => {
    const collected = await collectFrom((wire) =>
      wire.path === '/containers/json' ? wire.socket.end(chunked + chunk(wire.body)) : whole(wire),
    );
    expect(collected.failure).toMatchObject({ type: 'connection_lost' });
    expect(containersOf(collected)).toEqual([]);
  });
});
