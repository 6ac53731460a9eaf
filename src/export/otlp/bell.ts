/** Lets a loop sleep until it is rung, or for some time. A ring that comes while it is awake ends its next sleep. */
export class Bell {
  #rung = false;
  #wake: () => void = () => {};

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  async sleep(ms?: number): Promise<void> {
    if (!this.#rung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms).unref();
      await promise;
      clearTimeout(timer);
    }
    this.#rung = false;
  }
}
