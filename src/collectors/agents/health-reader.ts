import type { Connection, Reply } from './connection.ts';
import { type HealthAnswer, readHealthAnswer, readLiveness } from './health-answer.ts';

interface Place {
  readonly path: string;
  readonly read: (body: unknown) => HealthAnswer | undefined;
}

const report: Place = { path: '/v1/system/health', read: readHealthAnswer };
const liveness: Place = { path: '/health', read: readLiveness };

interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks an agent for its health, which is open to all; one without a report of it is asked whether it lives. */
export class HealthReader {
  readonly #connection: Connection;
  #place = report;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async read(limits: Limits): Promise<Reply<HealthAnswer>> {
    const reply = await this.#ask(this.#place, limits);
    if (reply.ok) return reply;
    const other = this.#place === report ? liveness : report;
    this.#place = report;
    if (reply.type !== 'not_found' || limits.signal.aborted) return reply;
    const second = await this.#ask(other, limits);
    if (second.ok) this.#place = other;
    return second;
  }

  /** Another version may have what this one has not. */
  forget(): void {
    this.#place = report;
  }

  #ask(place: Place, limits: Limits): Promise<Reply<HealthAnswer>> {
    return this.#connection.get({ endpoint: 'health', ...place, ...limits });
  }
}
