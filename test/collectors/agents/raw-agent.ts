import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export interface RawRequest {
  readonly socket: Socket;
  /** As it came, with its headers. */
  readonly text: string;
  /** Which request on this connection, from 0. */
  readonly index: number;
}

/** A server that answers byte by byte as a test wants. */
export class RawAgent {
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(answer: (request: RawRequest) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      let index = 0;
      socket.on('data', (chunk) => {
        const text = chunk.toString('latin1');
        this.requests.push(text);
        answer({ socket, text, index });
        index += 1;
      });
    });
  }

  static async start(answer: (request: RawRequest) => void, host = '127.0.0.1'): Promise<RawAgent> {
    const agent = new RawAgent(answer);
    agent.#server.listen(0, host);
    await once(agent.#server, 'listening');
    return agent;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function whole(body: string | Buffer, headers = ''): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n${headers}\r\n`),
    bytes,
  ]);
}
