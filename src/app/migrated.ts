import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.ts';
import { migrate } from '../db/migrate/migrate.ts';
import type { RetentionWish } from '../db/policy/wanted.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

const firstWaitMs = 500;
const longestWaitMs = 10_000;
/** A network that swallows packets must not hold one attempt for ever. */
const attemptWithinMs = 10 * 60_000;

export interface MigratedOptions {
  readonly url: string;
  readonly catalog: Catalog;
  /** For tables that no policy says it of yet. */
  readonly retention?: RetentionWish | undefined;
  readonly logger: Logger;
  /** Gives up, as `stop` does. */
  readonly signal?: AbortSignal | undefined;
  /** How long `start` waits for a database that does not answer; 5 s when not given. */
  readonly patienceMs?: number;
}

/** Brings a database to the schema that we need, however long it is away, and says meanwhile what is missing. */
export class Migrated {
  readonly #options: MigratedOptions;
  readonly #stopping = new AbortController();
  readonly #stopped: AbortSignal;
  #reason: string | undefined = 'the database has not answered yet, or is being migrated';
  #running: Promise<void> = Promise.resolve();

  constructor(options: MigratedOptions) {
    this.#options = options;
    const { signal } = options;
    this.#stopped = AbortSignal.any([this.#stopping.signal, ...(signal === undefined ? [] : [signal])]);
  }

  /** Why rows cannot be stored yet; undefined once the schema is there. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /**
   * Tries once, and goes on in the background when the database is away or silent: neither may keep figures from being shown.
   * Rejects with `database_schema` when waiting would not help, and with what the signal says when that aborts.
   */
  async start(): Promise<void> {
    const { logger, patienceMs = 5_000 } = this.#options;
    const first = this.#attempt();
    const waiting = new AbortController();
    const late = sleep(patienceMs, false, { signal: waiting.signal }).catch(() => false);
    try {
      if (await Promise.race([first, late])) return;
    } finally {
      waiting.abort();
    }
    this.#stopped.throwIfAborted();
    logger.warn(`${this.#reason}; trying again until it is there`);
    this.#running = this.#keepTrying(first);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #attempt(): Promise<boolean> {
    const { url, catalog, retention, logger } = this.#options;
    const signal = AbortSignal.any([this.#stopped, AbortSignal.timeout(attemptWithinMs)]);
    try {
      await migrate(url, { catalog, retention, logger, signal });
      this.#reason = undefined;
      return true;
    } catch (thrown) {
      if (this.#stopped.aborted) return false;
      const away = thrown instanceof TelemetryError && thrown.code === 'database_unavailable';
      if (!away && !signal.aborted) throw thrown;
      this.#reason = messageOf(thrown);
      return false;
    }
  }

  async #keepTrying(first: Promise<boolean>): Promise<void> {
    let attempt = first;
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      if (await this.#succeeded(attempt)) {
        this.#options.logger.info('the database is there, and has the schema that it needs');
        return;
      }
      await sleep(waitMs, undefined, { signal: this.#stopped }).catch(() => undefined);
      if (this.#stopped.aborted) return;
      attempt = this.#attempt();
    }
  }

  async #succeeded(attempt: Promise<boolean>): Promise<boolean> {
    try {
      return await attempt;
    } catch (thrown) {
      // Somebody must act, and may: a wrong schema can be put right while we run.
      if (messageOf(thrown) !== this.#reason) this.#options.logger.error(messageOf(thrown));
      this.#reason = messageOf(thrown);
      return false;
    }
  }
}
