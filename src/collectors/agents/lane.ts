import type { Agent } from 'undici';
import { addressPatienceWithin } from '../../runtime/address-patience.ts';
import { systemNames } from '../../runtime/name-lookup.ts';

/** One connection to each agent, over which one request follows the other. */
export class Lane {
  readonly #connectTimeoutMs: number;
  #agent: Promise<Agent> | undefined;
  /** Connections that were ever made to each origin. */
  readonly #made = new Map<string, number>();

  constructor({ connectTimeoutMs }: { readonly connectTimeoutMs: number }) {
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  open(): Promise<Agent> {
    this.#agent ??= this.#load();
    return this.#agent;
  }

  connectionsTo(origin: string): number {
    return this.#made.get(origin) ?? 0;
  }

  /** What is not asked any more need not be remembered. */
  forget(origin: string): void {
    this.#made.delete(origin);
  }

  /** Ends every connection, and with it whatever is under way. */
  async close(): Promise<void> {
    await (await this.#agent)?.destroy();
  }

  /** Where there is no agent to ask, the client need not take memory. */
  async #load(): Promise<Agent> {
    const { Agent } = await import('undici');
    const timeout = this.#connectTimeoutMs;
    const autoSelectFamilyAttemptTimeout = addressPatienceWithin(timeout);
    const connect = { timeout, autoSelectFamilyAttemptTimeout, lookup: systemNames.lookup };
    const agent = new Agent({ connections: 1, pipelining: 1, connect });
    return agent.on('connect', ({ origin }) => {
      this.#made.set(origin, this.connectionsTo(origin) + 1);
    });
  }
}
