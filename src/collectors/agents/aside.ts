/** Work that goes on beside the snapshots, one piece at a time. */
export class Aside {
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Begins the work, which must not reject, unless some is under way. */
  start(work: (signal: AbortSignal) => Promise<void>): void {
    this.#running ??= work(this.#ending.signal).finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when the work has ended, or after that time. */
  async wait(ms: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      void running.finally(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Ends what is under way, and resolves when it has ended. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }
}
