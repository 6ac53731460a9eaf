import type { AgentClient, Answer, Get, Refusal } from './client.ts';
import type { EndpointName, FailureType } from './sample.ts';

export interface Request<T> extends Omit<Get, 'url'> {
  readonly endpoint: EndpointName;
  /** Undefined for a body that is not what was asked for. */
  readonly read: (body: unknown, receivedMs: number) => T | undefined;
  /** Whether it may be sent once more over another connection, where the server closed one that it thought idle. */
  readonly mayRepeat?: () => boolean;
}

/** An answer that was understood. */
export interface Success<T> extends Omit<Answer, 'body'> {
  readonly answer: T;
}

export type Reply<T> = Success<T> | Refusal;

/** One agent: where it answers, what it was asked, and how that failed. */
export class Connection {
  readonly origin: string;
  readonly #client: AgentClient;
  readonly #requests: Record<EndpointName, number> = { health: 0, unified: 0, overview: 0, status: 0 };
  readonly #failures: Partial<Record<FailureType, number>> = {};

  constructor(client: AgentClient, origin: string) {
    this.#client = client;
    this.origin = origin;
  }

  /** Requests since the agent was first asked, from when they are sent. */
  get requests(): Readonly<Record<EndpointName, number>> {
    return { ...this.#requests };
  }

  get failures(): Readonly<Partial<Record<FailureType, number>>> {
    return { ...this.#failures };
  }

  async get<T>({ endpoint, read, mayRepeat = () => true, ...rest }: Request<T>): Promise<Reply<T>> {
    const request = { ...rest, url: this.origin };
    let answer = await this.#send(endpoint, request);
    if (!answer.ok && answer.wasReused && !request.signal.aborted && mayRepeat()) {
      answer = await this.#send(endpoint, request);
    }
    const reply = understood(answer, read);
    if (!reply.ok) this.#failures[reply.type] = (this.#failures[reply.type] ?? 0) + 1;
    return reply;
  }

  close(): void {
    this.#client.forget(this.origin);
  }

  #send(endpoint: EndpointName, get: Get): Promise<Answer | Refusal> {
    this.#requests[endpoint] += 1;
    return this.#client.get(get);
  }
}

function understood<T>(reply: Answer | Refusal, read: Request<T>['read']): Reply<T> {
  if (!reply.ok) return reply;
  const { body, ...rest } = reply;
  const answer = read(body, reply.receivedMs);
  if (answer !== undefined) return { ...rest, answer };
  const { hints, seconds } = reply;
  return { ok: false, type: 'unreadable', wasReused: false, hints, seconds };
}
