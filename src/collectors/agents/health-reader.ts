import type { Answer, Refusal } from './client.ts';
import type { Connection } from './connection.ts';
import { type HealthAnswer, readHealthAnswer, readLiveness } from './health-answer.ts';

export type HealthReading =
  | { readonly ok: true; readonly reply: Answer; readonly answer: HealthAnswer }
  | { readonly ok: false; readonly reply: Refusal };

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

  async read(limits: Limits): Promise<HealthReading> {
    const reading = await this.#ask(this.#place, limits);
    if (reading.ok) return reading;
    const isMissing = reading.reply.type === 'not_found';
    const other = this.#place === report ? liveness : report;
    this.#place = report;
    if (!isMissing || limits.signal.aborted) return reading;
    const second = await this.#ask(other, limits);
    if (second.ok) this.#place = other;
    return second;
  }

  /** Another version may have what this one has not. */
  forget(): void {
    this.#place = report;
  }

  async #ask({ path, read }: Place, limits: Limits): Promise<HealthReading> {
    const reply = await this.#connection.get('health', { path, ...limits });
    if (!reply.ok) return { ok: false, reply };
    const answer = read(reply.body);
    if (answer !== undefined) return { ok: true, reply, answer };
    const { hints, seconds } = reply;
    return { ok: false, reply: { ok: false, type: 'unreadable', hints, seconds } };
  }
}
