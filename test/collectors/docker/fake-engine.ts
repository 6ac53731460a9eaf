import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when it is text or bytes, else as JSON. */
  readonly body: unknown;
}

/** An answer, silence, or a connection cut off. */
export type Reaction = FakeAnswer | 'hang' | 'reset';

export interface FakeRequest {
  /** Without the version in front and the query behind. */
  readonly path: string;
  /** As in the path; undefined for an unversioned request. */
  readonly apiVersion: string | undefined;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export type Handler = (request: FakeRequest) => Reaction | Promise<Reaction>;

/** A container engine's HTTP API on a unix socket, as far as a test says what it answers. */
export class FakeEngine {
  readonly requests: FakeRequest[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => void this.#respond(request, response));
  readonly #folder: string;
  handler: Handler;
  /** The most requests that were ever under way at once. */
  mostAtOnce = 0;
  #underWay = 0;

  private constructor(folder: string, handler: Handler) {
    this.#folder = folder;
    this.handler = handler;
    this.#server.keepAliveTimeout = 0;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(handler: Handler): Promise<FakeEngine> {
    const engine = new FakeEngine(await mkdtemp(join(tmpdir(), 'fake-engine-')), handler);
    await engine.listen();
    return engine;
  }

  get socketPath(): string {
    return join(this.#folder, 'docker.sock');
  }

  get host(): string {
    return `unix://${this.socketPath}`;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  requestsFor(path: RegExp): readonly FakeRequest[] {
    return this.requests.filter((request) => path.test(request.path));
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.socketPath, resolve));
  }

  /** Ends all connections and removes the socket, as an engine does that stops. */
  halt(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  async stop(): Promise<void> {
    await this.halt();
    await rm(this.#folder, { recursive: true });
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine');
    const [, apiVersion, path = ''] = /^(?:\/v(\d+\.\d+))?(\/.*)$/.exec(url.pathname) ?? [];
    const fake = { path, apiVersion, query: url.searchParams, headers: request.headers };
    this.requests.push(fake);
    this.#underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
    response.on('close', () => {
      this.#underWay -= 1;
    });
    const reaction = await this.handler(fake);
    if (reaction === 'hang') return;
    if (reaction === 'reset') {
      request.socket.destroy();
      return;
    }
    // An engine that says nothing of its clock agrees with whatever clock a test has.
    response.sendDate = false;
    response.writeHead(reaction.status ?? 200, { 'Content-Type': 'application/json', ...reaction.headers });
    const { body } = reaction;
    response.end(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body));
  }
}
