import type { Clock } from '../../runtime/clock.ts';
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

/** What stands before an agent may have lost its report for a moment only. */
const rememberedMs = 600_000;

/** Asks an agent for its health, which is open to all; one without a report of it is asked whether it lives. */
export class HealthReader {
  readonly #connection: Connection;
  readonly #clock: Clock;
  /** Until then it is asked for no report. */
  #reportDue = 0;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async read(limits: Limits): Promise<Reply<HealthAnswer>> {
    const [place, other] =
      this.#clock.monotonic() < this.#reportDue ? [liveness, report] : [report, liveness];
    const reply = await this.#ask(place, limits);
    if (reply.ok) return reply;
    this.#reportDue = 0;
    if (reply.type !== 'not_found' || limits.signal.aborted) return reply;
    const second = await this.#ask(other, limits);
    if (second.ok && other === liveness) this.#reportDue = this.#clock.monotonic() + rememberedMs;
    return second;
  }

  /** Another version may have what this one has not. */
  forget(): void {
    this.#reportDue = 0;
  }

  #ask(place: Place, limits: Limits): Promise<Reply<HealthAnswer>> {
    return this.#connection.get({ endpoint: 'health', ...place, ...limits });
  }
}
