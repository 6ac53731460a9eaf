import type { AgentClient, Answer, Get, Refusal } from './client.ts';
import { RequestTally } from './request-tally.ts';
import type { EndpointName } from './sample.ts';

export type Request = Pick<Get, 'path' | 'token' | 'timeoutMs' | 'signal'>;

/** One agent: where it answers, and what it was asked. */
export class Connection {
  readonly tally = new RequestTally();
  readonly origin: string;
  readonly #client: AgentClient;

  constructor(client: AgentClient, origin: string) {
    this.#client = client;
    this.origin = origin;
  }

  get(endpoint: EndpointName, request: Request): Promise<Answer | Refusal> {
    return this.tally.count(endpoint, this.#client.get({ ...request, url: this.origin }));
  }
}
