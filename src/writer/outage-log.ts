import type { Logger } from '../runtime/logger.ts';

/** More that requests are told than these says nothing new. */
const maxSaid = 20;

/** Says of an outage each thing that it is met as once, for requests that wait side by side may each be told another, and says when it ends. */
export class OutageLog {
  readonly #logger: Logger;
  readonly #said = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  met(message: string): void {
    if (this.#said.has(message) || this.#said.size >= maxSaid) return;
    this.#said.add(message);
    this.#logger.warn(message);
  }

  end(message: string): void {
    if (this.#said.size > 0) this.#logger.info(message);
    this.#said.clear();
  }
}
