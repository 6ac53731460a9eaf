import { createHash } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import type { AgentTarget, TokenReading } from '../agent-target.ts';
import type { AccessState } from './sample.ts';

type ReadToken = AgentTarget['token'];

const firstPauseMs = 60_000;
const longestPauseMs = 30 * 60_000;
const mostRefused = 100;

/**
 * The token of an agent, and what the agent made of it. An agent logs each token that it refuses as an attack, so a
 * refused one is sent again only after pauses that grow; another one is sent at once.
 */
export class Credential {
  readonly #clock: Clock;
  #access: AccessState | undefined;
  /** Of the tokens that were refused since one was accepted: the tokens themselves are kept nowhere. */
  readonly #refused = new Set<string>();
  #refusals = 0;
  #notBefore = 0;
  #problem: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get access(): AccessState | undefined {
    return this.#access;
  }

  /** Why the token that there is cannot be used. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** A token that may be sent now, or undefined. */
  async read(token: ReadToken, signal: AbortSignal): Promise<string | undefined> {
    const reading = await readSafely(token, { fresh: false, signal });
    if (signal.aborted) {
      this.#problem = 'reading it took too long';
      this.#access = undefined;
      return undefined;
    }
    this.#problem = reading.outcome === 'unusable' ? reading.message : undefined;
    if (reading.outcome !== 'token') {
      this.#access = reading.outcome === 'none' ? 'token_missing' : 'token_unusable';
      return undefined;
    }
    return this.#isRefused(reading.token) && this.#clock.monotonic() < this.#notBefore
      ? undefined
      : reading.token;
  }

  /** A token that was not refused yet, read anew from where tokens come from; undefined without one. */
  async another(token: ReadToken, signal: AbortSignal): Promise<string | undefined> {
    const reading = await readSafely(token, { fresh: true, signal });
    return reading.outcome === 'token' && !this.#isRefused(reading.token) ? reading.token : undefined;
  }

  accepted(): void {
    this.#access = 'authorized';
    this.#refused.clear();
    this.#refusals = 0;
  }

  refused(token: string, access: 'unauthorized' | 'forbidden'): void {
    this.#access = access;
    if (this.#refused.size >= mostRefused) this.#refused.clear();
    this.#refused.add(digestOf(token));
  }

  /** None of those that were refused is sent for a while. */
  rest(): void {
    this.#notBefore = this.#clock.monotonic() + Math.min(longestPauseMs, firstPauseMs * 2 ** this.#refusals);
    this.#refusals += 1;
  }

  #isRefused(token: string): boolean {
    return this.#refused.has(digestOf(token));
  }
}

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

async function readSafely(token: ReadToken, options: Parameters<ReadToken>[0]): Promise<TokenReading> {
  try {
    return await untilAborted(token(options), options.signal);
  } catch {
    // What was thrown may show the token.
    return { outcome: 'unusable', message: 'it could not be read' };
  }
}
