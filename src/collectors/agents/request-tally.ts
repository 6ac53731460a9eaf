import type { Answer, Refusal } from './client.ts';
import type { EndpointName, FailureType } from './sample.ts';

/** Counts what was asked of one agent, and how that failed. */
export class RequestTally {
  readonly #requests: Record<EndpointName, number> = { health: 0, unified: 0, overview: 0, status: 0 };
  readonly #failures: Partial<Record<FailureType, number>> = {};

  /** Counts a request from when it is sent, and its failure when that is known. */
  async count(endpoint: EndpointName, request: Promise<Answer | Refusal>): Promise<Answer | Refusal> {
    this.#requests[endpoint] += 1;
    const reply = await request;
    if (!reply.ok) this.#failures[reply.type] = (this.#failures[reply.type] ?? 0) + 1;
    return reply;
  }

  get requests(): Readonly<Record<EndpointName, number>> {
    return { ...this.#requests };
  }

  get failures(): Readonly<Partial<Record<FailureType, number>>> {
    return { ...this.#failures };
  }
}
