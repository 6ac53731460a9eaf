import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const script = `
  const server = require('node:http').createServer((_, response) => response.end('well'));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;

/** A server that takes no connection before it is told to go on: its process is stopped, and the system keeps as few as it can for it. */
export async function startStopped(): Promise<{ readonly port: number; goOn(): void }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await once(child.stdout, 'data');
  const port = Number(String(text));
  child.kill('SIGSTOP');
  const kept: Socket[] = [];
  onTestFinished(() => {
    for (const socket of kept) socket.destroy();
    child.kill('SIGKILL');
  });
  let isFull = false;
  while (!isFull && kept.length < 8) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    kept.push(socket);
    isFull = await once(socket, 'connect', { signal: AbortSignal.timeout(200) }).then(
      () => false,
      () => true,
    );
  }
  return { port, goOn: () => child.kill('SIGCONT') };
}
