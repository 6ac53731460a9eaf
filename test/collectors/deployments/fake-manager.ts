import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when it is text, else as JSON. */
  readonly body: unknown;
}

/** An answer, silence, a connection cut off, or an answer that begins and never ends. */
export type Reaction = FakeAnswer | 'hang' | 'reset' | 'stall';

export interface FakeRequest {
  readonly method: string;
  /** With its query. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, unknown>>;
}

export type Handler = (request: FakeRequest) => Reaction;

/** CIRISManager's HTTP API on a loopback port, as far as a test says what it answers. */
export class FakeManager {
  readonly requests: FakeRequest[] = [];
  handler: Handler;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => this.#respond(request, response));

  private constructor(handler: Handler) {
    this.handler = handler;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(handler: Handler): Promise<FakeManager> {
    const manager = new FakeManager(handler);
    await new Promise<void>((resolve) => manager.#server.listen(0, '127.0.0.1', resolve));
    return manager;
  }

  get url(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? '';
    const { pathname: path, searchParams: query } = new URL(target, 'http://manager');
    const asked = { method: request.method ?? '', target, path, query, headers: request.headers };
    this.requests.push(asked);
    const reaction = this.handler(asked);
    if (reaction === 'hang') return;
    if (reaction === 'reset') return void request.socket.destroy();
    if (reaction === 'stall') return void response.writeHead(200, { 'content-length': '100' }).write('{');
    const { status = 200, headers, body } = reaction;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}
