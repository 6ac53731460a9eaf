import type { LogFields, Logger } from '../runtime/logger.ts';

/** Logs a lasting condition when it begins, changes or ends, not each time that it is met. */
export class OncePerChange {
  readonly #logger: Logger;
  readonly #standing = new Map<string, string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Warns when this subject was not known to be in this condition. */
  warn(subject: string, message: string, fields?: LogFields): void {
    if (this.#standing.get(subject) === message) return;
    this.#standing.set(subject, message);
    this.#logger.warn(message, fields);
  }

  /** Says that a condition has ended, if there was one. */
  end(subject: string, message: string, fields?: LogFields): void {
    if (this.#standing.delete(subject)) this.#logger.info(message, fields);
  }
}
