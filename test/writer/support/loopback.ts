import { Agent, type ClientRequest, type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';

export interface LoopbackAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A server on a real socket, and clients for it that can be as slow and rude as a test wants. */
export class Loopback {
  readonly #app: FastifyInstance;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(app: FastifyInstance, port: number) {
    this.#app = app;
    this.#port = port;
  }

  static async start(app: FastifyInstance): Promise<Loopback> {
    await app.listen({ host: '127.0.0.1', port: 0 });
    return new Loopback(app, portOf(app.server.address()));
  }

  /** Begins a POST and leaves its body to the caller. */
  begin(headers: Readonly<Record<string, string>>): ClientRequest {
    const target = { host: '127.0.0.1', port: this.#port, path: '/v1/metrics', agent: this.#agent };
    return request({ ...target, method: 'POST', headers }).on('error', () => {});
  }

  /** Sends a request as it is told, and changes nothing of it or of its answer. */
  call(path: string, { method = 'POST', headers = {}, body }: Call = {}): Promise<LoopbackAnswer> {
    const target = { host: '127.0.0.1', port: this.#port, path, agent: this.#agent };
    const sent = request({ ...target, method, headers });
    const answer = answerTo(sent);
    sent.end(body);
    return answer;
  }

  /** Sends bytes as they are over a connection of its own, ends it where told, and waits for the server to close it. */
  async raw(text: string, { end = false } = {}): Promise<string> {
    const socket = connect(this.#port, '127.0.0.1');
    if (end) socket.end(text);
    else socket.write(text);
    return textOf(socket);
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#app.close();
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen on a port');
  return address.port;
}

/** The answer to a request, which need not have been sent in whole. */
export function answerTo(sent: ClientRequest): Promise<LoopbackAnswer> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
  });
}
