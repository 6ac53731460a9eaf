import type { Clock } from '../../runtime/clock.ts';
import type { AgentTarget } from '../agent-target.ts';
import type { Refusal } from './client.ts';
import type { Connection, Reply, Request } from './connection.ts';
import { Credential } from './credential.ts';
import type { RequestBudget } from './request-budget.ts';
import type { AccessState, EndpointName } from './sample.ts';

/** What is asked for; the token is added here. */
export type Question<T> = Omit<Request<T>, 'token'>;

export interface TokenReaderOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly budget: RequestBudget;
  readonly options: { readonly requestsLeft: number };
}

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
  /** What it has not, and when it is asked for it again. */
  readonly #missing = new Map<EndpointName, number>();
  #notBefore = 0;
  #remaining: number | undefined;

  constructor({ connection, clock, budget, options }: TokenReaderOptions) {
    this.#connection = connection;
    this.#clock = clock;
    this.#requestsLeft = options.requestsLeft;
    this.#credential = new Credential(clock);
    this.#budget = budget;
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
    const now = this.#clock.monotonic();
    if (now < (this.#missing.get(endpoint) ?? 0) || now < this.#notBefore) return undefined;
    const first = await this.#credential.read(token, signal);
    if (first === undefined || !this.#maySend(signal)) return undefined;
    const reply = await this.#send({ ...question, token: first });
    this.#judge(first, endpoint, reply);
    if (isRefusal(reply)) this.#credential.rest();
    if (reply.ok || reply.type !== 'unauthorized') return reply;
    const second = await this.#credential.another(token, signal);
    if (second === undefined || !this.#maySend(signal)) return reply;
    const other = await this.#send({ ...question, token: second });
    this.#judge(second, endpoint, other);
    return other;
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

  #judge<T>(token: string, endpoint: EndpointName, reply: Reply<T>): void {
    if (reply.ok) this.#credential.accepted();
    else if (isRefusal(reply)) this.#credential.refused(token, reply.type);
    else if (reply.type === 'not_found') {
      this.#missing.set(endpoint, this.#clock.monotonic() + longestPauseMs);
    }
  }
}

type Refused = Refusal & { readonly type: 'unauthorized' | 'forbidden' };

const isRefusal = (reply: Reply<unknown>): reply is Refused =>
  !reply.ok && (reply.type === 'unauthorized' || reply.type === 'forbidden');
