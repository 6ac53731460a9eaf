/** So many chunks are looked at together. */
const together = 256;
/** Smaller ones than this, on average, take more memory for themselves than for what they hold. */
const worthKeeping = 1024;

/** The chunks of a body. Small ones are put together: a sender may cut its body into chunks of a byte, of which each takes hundreds. */
export class ChunkList {
  readonly #kept: Uint8Array[] = [];
  #last: Uint8Array[] = [];
  #lastBytes = 0;

  /** How many pieces of memory it holds. */
  get pieces(): number {
    return this.#kept.length + this.#last.length;
  }

  add(chunk: Uint8Array): void {
    this.#last.push(chunk);
    this.#lastBytes += chunk.length;
    if (this.#last.length < together) return;
    if (this.#lastBytes < together * worthKeeping) this.#kept.push(Buffer.concat(this.#last));
    else this.#kept.push(...this.#last);
    this.#last = [];
    this.#lastBytes = 0;
  }

  bytes(): Uint8Array {
    return Buffer.concat([...this.#kept, ...this.#last]);
  }
}
