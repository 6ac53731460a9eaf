import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.ts';
import { migrate } from '../db/migrate.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

const firstWaitMs = 500;
const longestWaitMs = 10_000;

export interface MigratedOptions {
  readonly url: string;
  readonly catalog: Catalog;
  readonly logger: Logger;
}

/** Brings a database to the schema that we need, however long it is away, and says meanwhile what is missing. */
export class Migrated {
  readonly #options: MigratedOptions;
  readonly #stopping = new AbortController();
  #reason: string | undefined = 'the database has not been reached yet';
  #running: Promise<void> = Promise.resolve();

  constructor(options: MigratedOptions) {
    this.#options = options;
  }

  /** Why rows cannot be stored yet; undefined once the schema is there. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /**
   * Tries once, and goes on in the background when the database is away.
   * Rejects with `database_schema` when waiting would not help.
   */
  async start(): Promise<void> {
    if (await this.#attempt()) return;
    this.#options.logger.warn(`${this.#reason}; trying again until it is there`);
    this.#running = this.#keepTrying();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #attempt(): Promise<boolean> {
    const { url, catalog, logger } = this.#options;
    try {
      await migrate(url, { catalog, logger, signal: this.#stopping.signal });
      this.#reason = undefined;
      return true;
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return false;
      if (!(thrown instanceof TelemetryError && thrown.code === 'database_unavailable')) throw thrown;
      this.#reason = messageOf(thrown);
      return false;
    }
  }

  async #keepTrying(): Promise<void> {
    const { signal } = this.#stopping;
    for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      try {
        if (!signal.aborted && (await this.#attempt())) {
          this.#options.logger.info('the database is there, and has the schema that it needs');
          return;
        }
      } catch (thrown) {
        // Somebody must act, and may: a wrong schema can be put right while we run.
        if (messageOf(thrown) !== this.#reason) this.#options.logger.error(messageOf(thrown));
        this.#reason = messageOf(thrown);
      }
    }
  }
}
