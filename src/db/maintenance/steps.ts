import type { ClientBase } from 'pg';
import { systemCodeOf } from '../../runtime/errors.ts';
import { describeFailure, isOwnFault } from '../failure.ts';

/** A connection that is no use any more: the server is about to go, or writes no more since another one does. */
const lostConnection = /^(08|57P|25006)/;

/**
 * What a refresh of TimescaleDB that failed within a function says, whatever was wrong. From 2.26 on it is then taken to be
 * under way for as long as its connection lasts, and no other may refresh the same time.
 */
const unfinishedRefresh = '2D000';

/** Does the steps of a round, so that one which fails does not keep the others from being done. */
export class Steps {
  readonly #client: ClientBase;
  readonly #failures: string[] = [];
  #isSpent = false;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  /** One line for each step that failed. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Whether the connection stands in the way of others, so that it is not to be used for another round. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  fail(message: string): void {
    this.#failures.push(message);
  }

  /** What the step gives, or undefined when it failed. Throws only for what ends the round. */
  async take<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      const code = systemCodeOf(thrown);
      if (isOwnFault(thrown) || code === undefined || !/^[0-9A-Z]{5}$/.test(code)) throw thrown;
      if (lostConnection.test(code)) throw thrown;
      if (code === unfinishedRefresh) this.#isSpent = true;
      await this.#client.query('rollback');
      this.#failures.push(`${what}: ${describeFailure(thrown)}`);
      return undefined;
    }
  }
}
