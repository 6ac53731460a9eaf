import type { LogFields, Logger } from '../runtime/logger.ts';

/** Ways in which one condition may show before no more of them are told. */
const mostWays = 20;

/** Logs a lasting condition when it begins, when it shows in a new way and when it ends, not each time that it is met. */
export class OncePerChange {
  readonly #logger: Logger;
  /** What was said of each since it began. */
  readonly #standing = new Map<string, Set<string>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Warns unless this was said of the subject since the condition began: one that shows now so, now so, would fill a log. */
  warn(subject: string, message: string, fields?: LogFields): void {
    const said = this.#standing.get(subject) ?? new Set();
    this.#standing.set(subject, said);
    if (said.has(message) || said.size >= mostWays) return;
    said.add(message);
    this.#logger.warn(message, fields);
  }

  /** Says that a condition has ended, if there was one. */
  end(subject: string, message: string, fields?: LogFields): void {
    if (this.#standing.delete(subject)) this.#logger.info(message, fields);
  }
}
