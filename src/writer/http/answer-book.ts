export interface Answered {
  readonly requests: number;
  /** From the first byte of the headers to the last of the answer, of all of them together. */
  readonly seconds: number;
}

export interface AnswerStats {
  /** By status; one that was never given has no entry. */
  readonly byStatus: ReadonlyMap<number, Answered>;
  /** Requests whose client was gone before its answer. */
  readonly unanswered: number;
  /** Connections that were closed because what came was no request, or not in time. */
  readonly broken: number;
}

/** How requests were answered since the start. */
export class AnswerBook {
  readonly #byStatus = new Map<number, Answered>();
  readonly #brokenConnections = new WeakSet<object>();
  #unanswered = 0;
  #broken = 0;

  answered(status: number, seconds: number): void {
    const before = this.#byStatus.get(status) ?? { requests: 0, seconds: 0 };
    this.#byStatus.set(status, { requests: before.requests + 1, seconds: before.seconds + seconds });
  }

  /** A request whose answer never left; its client was told why where its connection was broken. */
  leftUnanswered(connection: object): void {
    if (!this.#brokenConnections.has(connection)) this.#unanswered += 1;
  }

  broke(connection: object): void {
    this.#brokenConnections.add(connection);
    this.#broken += 1;
  }

  stats(): AnswerStats {
    return { byStatus: new Map(this.#byStatus), unanswered: this.#unanswered, broken: this.#broken };
  }
}
