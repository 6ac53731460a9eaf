/** A fact that takes several readings in a row to change; unknown until so many have agreed. */
export class Debounced {
  readonly #needed: { readonly true: number; readonly false: number };
  #value: boolean | undefined;
  #streak = { of: true, length: 0 };

  constructor({ upAfter, downAfter }: { readonly upAfter: number; readonly downAfter: number }) {
    this.#needed = { true: upAfter, false: downAfter };
  }

  add(reading: boolean): void {
    const length = reading === this.#streak.of ? this.#streak.length + 1 : 1;
    this.#streak = { of: reading, length };
    if (length >= this.#needed[`${reading}`]) this.#value = reading;
  }

  get value(): boolean | undefined {
    return this.#value;
  }
}
