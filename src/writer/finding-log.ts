import type { Logger } from '../runtime/logger.ts';
import { describeFinding, type Finding } from './rejections.ts';

/** Subjects that were logged; beyond these, the figures have to do. */
const maxLogged = 1000;
const maxInLine = 10;

/** Says each thing that senders do wrong once, however often they do it. */
export class FindingLog {
  readonly #logger: Logger;
  readonly #logged = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** One line for all that a request brought for the first time: a sender of something else may bring hundreds of metrics. */
  warn(what: string, findings: readonly Finding[]): void {
    const fresh = findings.filter(({ metric, reason }) => this.isFresh(`${what} ${metric} ${reason}`));
    if (fresh.length === 0) return;
    const said = fresh.slice(0, maxInLine).map(describeFinding);
    const more = fresh.length > maxInLine ? [`and of ${fresh.length - maxInLine} more metrics`] : [];
    this.#logger.warn(`${what}, and will be without another word: ${[...said, ...more].join('; ')}`);
  }

  /** Says of a request that was taken what its sender is told of it: what it holds in the wrong place is stored nowhere. */
  remark(text: string): void {
    if (this.isFresh(text)) this.#logger.warn(`${text}; of others like it there will be no word`);
  }

  /** Whether a subject has not come up before, as far as is remembered. */
  isFresh(subject: string): boolean {
    if (this.#logged.has(subject) || this.#logged.size >= maxLogged) return false;
    this.#logged.add(subject);
    return true;
  }
}
