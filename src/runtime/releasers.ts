import { messageOf, TelemetryError } from './errors.ts';

/** Collects what must be closed, and closes it last opened first. Closing twice is safe. */
export class Releasers {
  readonly #open: { readonly name: string; readonly release: () => unknown }[] = [];
  #closing: Promise<void> | undefined;

  add(name: string, release: () => unknown): void {
    this.#open.push({ name, release });
  }

  /** Runs every release even when one fails; rejects afterwards with the failures in one message. */
  close(): Promise<void> {
    this.#closing ??= this.#releaseAll();
    return this.#closing;
  }

  async #releaseAll(): Promise<void> {
    const failures: string[] = [];
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      try {
        await next.release();
      } catch (thrown) {
        failures.push(`${next.name}: ${messageOf(thrown)}`);
      }
    }
    if (failures.length > 0) throw new TelemetryError('internal', `closing failed: ${failures.join('; ')}`);
  }
}
