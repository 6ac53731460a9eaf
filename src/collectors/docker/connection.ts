import type { Clock } from '../../runtime/clock.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { Credentials } from './credentials.ts';
import { failureOf, isPage, refusalOf } from './failure.ts';
import { type Answer, Transport, type TransportOptions } from './transport.ts';

export interface ConnectionOptions extends TransportOptions {
  readonly clock: Clock;
}

export interface Request {
  /** What is asked for, as it reads after "asking the engine for". */
  readonly what: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | boolean>>;
  readonly maxBytes: number;
}

/** An answer, and when it was asked for and had, on the clock that never jumps. */
export interface Reply extends Answer {
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** Requests to one engine, each with a deadline; what fails is said in words for people. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #transport: Transport;

  /** Opens no socket yet. */
  constructor(options: ConnectionOptions, credentials: Credentials) {
    this.#options = options;
    this.#transport = new Transport(options, credentials);
  }

  /** Resolves with any answer, of whatever status. */
  async ask({ what, path, query = {}, maxBytes }: Request, signal: AbortSignal): Promise<Reply> {
    const { endpoint, requestTimeoutMs, clock } = this.#options;
    const basePath = endpoint.kind === 'tcp' ? endpoint.basePath : '';
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(requestTimeoutMs))]);
    const sentMs = clock.monotonic();
    try {
      const get = { path: basePath + path, query, maxBytes, signal: deadline };
      const answer = await this.#transport.get(get);
      return { ...answer, sentMs, receivedMs: clock.monotonic() };
    } catch (thrown) {
      if (!deadline.aborted) throw await failureOf(thrown, this.#attempt(what), endpoint);
      const patience = signal.aborted
        ? "before the collection's time was up"
        : `within ${requestTimeoutMs / 1000} s`;
      const advice =
        endpoint.kind === 'tcp'
          ? 'see whether it can be reached from here, and whether the engine hangs or is overloaded'
          : 'see whether the engine hangs or is overloaded';
      throw new TelemetryError('timeout', `${this.#attempt(what)} brought no answer ${patience}; ${advice}`, {
        cause: thrown,
      });
    }
  }

  /** As `ask`, but rejects an answer that is no success. */
  async get(request: Request, signal: AbortSignal): Promise<Reply> {
    return this.checked(await this.ask(request, signal), request);
  }

  /** As `get`, but undefined when what is asked for has gone, or has just ended. */
  async getUnlessGone(request: Request, signal: AbortSignal): Promise<Reply | undefined> {
    const reply = await this.ask(request, signal);
    // A proxy that does not let a request pass may say that nothing is there.
    const isGone = (reply.status === 404 || reply.status === 409) && !isPage(reply);
    return isGone ? undefined : this.checked(reply, request);
  }

  /** The answer itself; throws when it is no success. */
  checked(reply: Reply, { what }: Request): Reply {
    if (reply.status >= 200 && reply.status < 300) return reply;
    throw refusalOf(reply, this.#attempt(what), this.#options.endpoint);
  }

  close(): void {
    this.#transport.close();
  }

  #attempt(what: string): string {
    return `asking ${this.#options.endpoint.description} for ${what}`;
  }
}
