import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Silence, a connection cut off, or half an answer and then silence. */
export type Reaction = 'hang' | 'reset' | 'stall' | Reply;

export interface SeenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
}

export type Handler = (request: SeenRequest) => Reaction;

/** A real HTTP server that answers as a test wants. */
export class FakeAgent {
  readonly requests: SeenRequest[] = [];
  readonly sockets = new Set<Socket>();
  handler: Handler;
  readonly #server: Server;

  private constructor(handler: Handler) {
    this.handler = handler;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
    });
  }

  static async start(handler: Handler): Promise<FakeAgent> {
    const agent = new FakeAgent(handler);
    await new Promise<void>((resolve) => agent.#server.listen(0, '127.0.0.1', resolve));
    return agent;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server.address())}`;
  }

  /** Paths that were asked for, without their query. */
  get paths(): readonly string[] {
    return this.requests.map(({ path }) => path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const seen = {
      path: (request.url ?? '').split('?')[0] ?? '',
      authorization: request.headers.authorization,
    };
    this.requests.push(seen);
    const reaction = this.handler(seen);
    if (reaction === 'hang') return;
    if (reaction === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (reaction === 'stall') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"data": {"status": "heal');
      return;
    }
    const { status = 200, headers = {}, body } = reaction;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
