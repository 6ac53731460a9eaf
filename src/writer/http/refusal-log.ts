import type { FastifyRequest } from 'fastify';
import type { Logger } from '../../runtime/logger.ts';
import { FindingLog } from '../finding-log.ts';
import type { Answer } from './answer.ts';

/** An answer may quote a body, and a line of the log is for people. */
const longestMessage = 300;

/** Says of each sender once what it is refused for: who reads the log of a sender sees no more than that nothing comes. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #findings: FindingLog;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#findings = new FindingLog(logger);
  }

  /** A 503 is no refusal, a 500 is logged where it comes from, and who is gone is not answered. */
  note({ status, reason }: Answer, { method, url, ip, headers, socket }: FastifyRequest): void {
    if (reason === undefined || status >= 500 || socket.destroyed) return;
    if (!this.#findings.isFresh(`${status} ${ip}`)) return;
    // What comes after the path may hold a key.
    const [path = ''] = url.split('?', 1);
    this.#logger.warn(`a sender is answered ${status}, and will be without another word`, {
      message: reason.slice(0, longestMessage).toWellFormed(),
      from: ip,
      agent: headers['user-agent'],
      request: `${method} ${path.slice(0, longestMessage)}`,
    });
  }

  /** What is no HTTP request, from whoever it came. */
  noteBroken(message: string, from: string | undefined): void {
    if (this.#findings.isFresh(`broken ${from}`))
      this.#logger.warn('a connection is closed, and others from there will be without another word', {
        message,
        from,
      });
  }
}
