import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { systemCodeOf } from '../../runtime/errors.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Holds a folder for as long as this process lives: a listening socket, which the kernel closes however the process ends,
 * and which is seen across containers that share the folder. Undefined while somebody else holds it.
 */
export async function lockFolder(path: string): Promise<FolderLock | undefined> {
  const server = createServer((socket) => socket.destroy());
  if (!(await listen(server, path))) {
    if (await answers(path)) return undefined;
    await rm(path, { force: true });
    if (!(await listen(server, path))) return undefined;
  }
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** False when the address is taken. */
function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      if (systemCodeOf(error) === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    server.once('error', failed);
    server.listen(path, () => {
      server.off('error', failed);
      resolve(true);
    });
  });
}

/** Whether somebody listens on a unix socket. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Any other failure, such as a full queue of connections, comes from a socket that somebody serves.
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(systemCodeOf(error) ?? '')));
  });
}
