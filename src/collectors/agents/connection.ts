import type { AgentClient, Answer, Get, Refusal } from './client.ts';
import type { EndpointName, FailureType } from './sample.ts';

export interface Request<T> extends Pick<Get, 'path' | 'token' | 'timeoutMs' | 'signal'> {
  readonly endpoint: EndpointName;
  /** Undefined for a body that is not what was asked for. */
  readonly read: (body: unknown, receivedMs: number) => T | undefined;
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

  async get<T>({ endpoint, read, ...request }: Request<T>): Promise<Reply<T>> {
    this.#requests[endpoint] += 1;
    const reply = understood(await this.#client.get({ ...request, url: this.origin }), read);
    if (!reply.ok) this.#failures[reply.type] = (this.#failures[reply.type] ?? 0) + 1;
    return reply;
  }
}

function understood<T>(reply: Answer | Refusal, read: Request<T>['read']): Reply<T> {
  if (!reply.ok) return reply;
  const { body, ...rest } = reply;
  const answer = read(body, reply.receivedMs);
  if (answer !== undefined) return { ...rest, answer };
  return { ok: false, type: 'unreadable', hints: reply.hints, seconds: reply.seconds };
}
