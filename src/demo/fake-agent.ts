import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tokenOf } from './agent-key.ts';
import { AgentRoutes, type Route } from './agent-routes.ts';
import { type HeldPort, holdPort } from './held-port.ts';
import { type AgentFigures, type AgentScript, figuresAt } from './script.ts';
import { momentOf } from './shapes/moment.ts';
import { shapes } from './shapes/versions.ts';
import { rateLimitHeaders, TokenBuckets } from './token-buckets.ts';

const loopback = '127.0.0.1';

export interface FakeAgentOptions {
  readonly agent: AgentScript;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The time at which the script has its second 0. */
  readonly startedAt: number;
  /** How long each answer takes. */
  readonly answerMs: number;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const refusal = (status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  body: { detail },
  headers,
});

/** An agent's HTTP server, which says what the script says, in the shape of the version that runs at the time. */
export class FakeAgent {
  readonly agent: AgentScript;
  readonly #options: FakeAgentOptions;
  readonly #server: Server;
  readonly #token: string;
  #routes: AgentRoutes;
  #buckets = new TokenBuckets();
  #run: number | undefined;
  #port = 0;
  #held: HeldPort | undefined;

  constructor(options: FakeAgentOptions) {
    this.agent = options.agent;
    this.#options = options;
    this.#token = tokenOf(options.agent);
    this.#routes = new AgentRoutes(options.agent);
    this.#server = createServer((request, response) => this.#handle(request, response));
    this.#server.on('connection', (socket: Socket) => {
      // The clock may have gone past the end of a process before `follow` has closed its port.
      if (this.figures() === undefined) socket.destroy();
    });
  }

  /** Kept for its whole life, also while nobody listens. */
  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://${loopback}:${this.#port}`;
  }

  /** What is true of it now; undefined while it does not listen. */
  figures(): AgentFigures | undefined {
    const { now, startedAt } = this.#options;
    return figuresAt(this.agent, (now() - startedAt) / 1000);
  }

  /** Takes a port; `follow` then closes it where nobody must listen yet. */
  async start(): Promise<void> {
    await this.#listen();
    this.#run = this.figures()?.run;
  }

  /** Opens and closes the port as the script wants it now. */
  async follow(): Promise<void> {
    const figures = this.figures();
    // A new process: nothing of the old one's connections, caches and counts is left.
    if (figures === undefined || figures.run !== this.#run) await this.#stopListening();
    this.#run = figures?.run;
    if (figures === undefined) this.#held ??= await holdPort(this.#port, loopback);
    else if (!this.#server.listening) await this.#listen();
  }

  async close(): Promise<void> {
    await this.#stopListening();
    await this.#giveBack();
  }

  async #giveBack(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.release();
  }

  async #stopListening(): Promise<void> {
    this.#routes = new AgentRoutes(this.agent);
    this.#buckets = new TokenBuckets();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #listen(): Promise<void> {
    await this.#giveBack();
    const listening = once(this.#server, 'listening');
    this.#server.listen(this.#port, loopback);
    await listening;
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    if (this.agent.conduct === 'hangs') return;
    const { answerMs } = this.#options;
    if (answerMs === 0) {
      this.#answer(request, response);
      return;
    }
    const timer = setTimeout(() => this.#answer(request, response), answerMs);
    response.once('close', () => clearTimeout(timer));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const figures = this.figures();
    if (figures === undefined) {
      request.socket.destroy();
      return;
    }
    const { status, body, headers } = this.#replyTo(request, figures);
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      vary: 'Origin',
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  #replyTo(request: IncomingMessage, figures: AgentFigures): Reply {
    const route = this.#routes.find((request.url ?? '').split('?', 1)[0] ?? '');
    if (!shapes[figures.version].rateLimit || route?.exempt === true) {
      return this.#replyAdmitted(request, route, figures);
    }
    const admission = this.#buckets.take(callerOf(request), this.#options.now());
    const limits = rateLimitHeaders(admission);
    if (!admission.admitted) {
      return { status: 429, body: tooMany, headers: { ...limits, 'retry-after': '1' } };
    }
    const { headers, ...reply } = this.#replyAdmitted(request, route, figures);
    return { ...reply, headers: { ...limits, ...headers } };
  }

  #replyAdmitted(
    { method, headers: { authorization } }: IncomingMessage,
    route: Route | undefined,
    figures: AgentFigures,
  ): Reply {
    if (route === undefined) return refusal(404, 'Not Found');
    if (method !== 'GET') return refusal(405, 'Method Not Allowed', { allow: 'GET' });
    if (!route.open && authorization === undefined) {
      return refusal(401, 'Missing authorization header', { 'www-authenticate': 'Bearer' });
    }
    if (!route.open && !this.#knows(authorization)) return refusal(401, 'Invalid service token');
    const body = route.answer(momentOf(this.agent, figures, this.#options.now()));
    return body === undefined ? refusal(404, 'Not Found') : { status: 200, body };
  }

  #knows(authorization: string | undefined): boolean {
    return this.agent.conduct !== 'refuses_tokens' && authorization === `Bearer service:${this.#token}`;
  }
}

/** Those with a service token, right or wrong, share a bucket, as do those with another credential and those without. */
function callerOf({ headers: { authorization } }: IncomingMessage): string {
  if (authorization === undefined) return 'ip';
  return authorization.startsWith('Bearer service:') ? 'service' : 'auth';
}

const tooMany = {
  detail: 'Too many requests: the simulated agent takes 60 a minute',
  error: 'rate_limit_exceeded',
  retry_after: 1,
  message: 'Wait a second, then ask again',
};
