import type { Clock } from '../../runtime/clock.ts';
import type { AgentTarget } from '../agent-target.ts';
import type { Answer, Refusal } from './client.ts';
import type { Connection, Request } from './connection.ts';
import { Credential } from './credential.ts';
import type { AgentsOptions } from './options.ts';
import { RequestBudget } from './request-budget.ts';
import type { AccessState, EndpointName } from './sample.ts';

export interface Question {
  readonly endpoint: EndpointName;
  readonly path: string;
  readonly timeoutMs: number;
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
  async ask(
    question: Question,
    token: AgentTarget['token'],
    signal: AbortSignal,
  ): Promise<Answer | Refusal | undefined> {
    const { endpoint, path, timeoutMs } = question;
    if (this.#missing.has(endpoint) || this.#clock.monotonic() < this.#notBefore) return undefined;
    const first = await this.#credential.read(token, signal);
    if (first === undefined || signal.aborted || !this.#budget.take()) return undefined;
    const request = { path, timeoutMs, signal };
    const reply = await this.#send(endpoint, { ...request, token: first });
    if (reply.ok || reply.type !== 'unauthorized') return this.#judged(first, endpoint, reply);
    const second = await this.#credential.another(token, first, signal);
    if (second === undefined || signal.aborted || !this.#budget.take()) {
      return this.#judged(first, endpoint, reply);
    }
    return this.#judged(second, endpoint, await this.#send(endpoint, { ...request, token: second }));
  }

  async #send(endpoint: EndpointName, request: Request): Promise<Answer | Refusal> {
    const reply = await this.#connection.get(endpoint, request);
    const { remaining, retryAfterSeconds = 0 } = reply.hints;
    if (remaining !== undefined) {
      this.#remaining = remaining;
      if (remaining < this.#requestsLeft) this.#pause(yieldMs);
    }
    if (!reply.ok && reply.type === 'rate_limited') {
      this.#pause(Math.min(longestPauseMs, Math.max(shortestPauseMs, retryAfterSeconds * 1000)));
    }
    return reply;
  }

  #pause(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#clock.monotonic() + ms);
  }

  #judged(token: string, endpoint: EndpointName, reply: Answer | Refusal): Answer | Refusal {
    if (reply.ok) this.#credential.accepted();
    else if (reply.type === 'unauthorized' || reply.type === 'forbidden') {
      this.#credential.refused(token, reply.type);
    } else if (reply.type === 'not_found') this.#missing.add(endpoint);
    return reply;
  }
}
