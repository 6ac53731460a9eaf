import type { Clock } from '../../runtime/clock.ts';
import type { AgentTarget } from '../agent-target.ts';
import type { Connection, Reply, Request } from './connection.ts';
import { Credential } from './credential.ts';
import type { AgentsOptions } from './options.ts';
import { RequestBudget } from './request-budget.ts';
import type { AccessState, EndpointName } from './sample.ts';

/** What is asked for; the token is added here. */
export type Question<T> = Omit<Request<T>, 'token'>;

/** Long enough for the agent to allow its manager a whole minute's requests again. */
const yieldMs = 60_000;
const shortestPauseMs = 30_000;
const longestPauseMs = 600_000;

/** Asks an agent for what it tells only to holders of its token, within the limits of what it should have to bear. */
export class TokenReader {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #requestsLeft: number;
  readonly #credential: Credential;
  readonly #budget: RequestBudget;
  readonly #missing = new Set<EndpointName>();
  #notBefore = 0;
  #remaining: number | undefined;

  constructor(connection: Connection, options: AgentsOptions, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#requestsLeft = options.requestsLeft;
    this.#credential = new Credential(clock);
    this.#budget = new RequestBudget(options.requestsPerMinute, clock);
  }

  get access(): AccessState | undefined {
    return this.#credential.access;
  }

  get tokenProblem(): string | undefined {
    return this.#credential.problem;
  }

  get allowance(): number {
    return this.#budget.left;
  }

  /** What the newest answer since the last look said is left of the agent's own limit. */
  takeRemaining(): number | undefined {
    const remaining = this.#remaining;
    this.#remaining = undefined;
    return remaining;
  }

  /** Another version may have what this one has not. */
  forget(): void {
    this.#missing.clear();
  }

  /** Undefined when it may not be asked now: nothing is sent then. */
  async ask<T>(question: Question<T>, token: AgentTarget['token']): Promise<Reply<T> | undefined> {
    const { endpoint, signal } = question;
    if (this.#missing.has(endpoint) || this.#clock.monotonic() < this.#notBefore) return undefined;
    const first = await this.#credential.read(token, signal);
    if (first === undefined || !this.#maySend(signal)) return undefined;
    const reply = await this.#send({ ...question, token: first });
    if (reply.ok || reply.type !== 'unauthorized') return this.#judged(first, endpoint, reply);
    const second = await this.#credential.another(token, first, signal);
    if (second === undefined || !this.#maySend(signal)) return this.#judged(first, endpoint, reply);
    return this.#judged(second, endpoint, await this.#send({ ...question, token: second }));
  }

  #maySend(signal: AbortSignal): boolean {
    return !signal.aborted && this.#budget.take();
  }

  async #send<T>(request: Request<T>): Promise<Reply<T>> {
    const mayRepeat = (): boolean => this.#maySend(request.signal);
    const reply = await this.#connection.get({ ...request, mayRepeat });
    const { remaining, retryAfterSeconds = 0 } = reply.hints;
    if (remaining !== undefined) {
      this.#remaining = remaining;
      if (remaining < this.#requestsLeft) this.#pause(yieldMs);
    }
    if (!reply.ok) {
      const leastMs = reply.type === 'rate_limited' ? shortestPauseMs : 0;
      this.#pause(Math.min(longestPauseMs, Math.max(leastMs, retryAfterSeconds * 1000)));
    }
    return reply;
  }

  #pause(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#clock.monotonic() + ms);
  }

  #judged<T>(token: string, endpoint: EndpointName, reply: Reply<T>): Reply<T> {
    if (reply.ok) this.#credential.accepted();
    else if (reply.type === 'unauthorized' || reply.type === 'forbidden') {
      this.#credential.refused(token, reply.type);
    } else if (reply.type === 'not_found') this.#missing.add(endpoint);
    return reply;
  }
}
