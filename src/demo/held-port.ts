import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A port at which nobody listens, and which no other program is given meanwhile. */
export interface HeldPort {
  release(): Promise<void>;
}

/**
 * Holds a port by a connection that goes out from it, to a server of our own: whoever connects to it is refused, as where nobody
 * listens. Rejects where the port is in use.
 */
export async function holdPort(port: number, host: string): Promise<HeldPort> {
  const peer = createServer((socket) => socket.on('error', () => {})).listen(0, host);
  await once(peer, 'listening');
  peer.unref();
  const address = peer.address();
  const peerPort = typeof address === 'object' && address !== null ? address.port : 0;
  if (peerPort === port) {
    // The very port was free, and given to us.
    peer.close();
    await once(peer, 'close');
    return await holdPort(port, host);
  }
  const socket = connect({ host, port: peerPort, localAddress: host, localPort: port }).unref();
  const release = async (): Promise<void> => {
    const closed = [once(peer, 'close'), ...(socket.closed ? [] : [once(socket, 'close')])];
    socket.on('error', () => {});
    // A reset leaves nothing behind that would keep us from listening there at once.
    socket.resetAndDestroy();
    peer.close();
    await Promise.all(closed);
  };
  try {
    await once(socket, 'connect');
  } catch (thrown) {
    await release();
    throw thrown;
  }
  return { release };
}
