import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';

/** Finds all addresses of a host. */
export type LookUpName = (host: string) => Promise<readonly LookupAddress[]>;

/** As the system resolves names, with its hosts file. */
export const systemLookup: LookUpName = (host) => lookup(host, { all: true });

/** Each lookup holds one of the four threads that Node also reads files with, for as long as a name server is silent. */
const atOnce = 2;

/** Looks names up a few at a time, and the same name but once at a time. */
export class NameLookup {
  readonly #lookUp: LookUpName;
  readonly #underWay = new Map<string, Promise<readonly LookupAddress[]>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(lookUp: LookUpName) {
    this.#lookUp = lookUp;
  }

  find(host: string): Promise<readonly LookupAddress[]> {
    const known = this.#underWay.get(host);
    if (known !== undefined) return known;
    const found = this.#inTurn(host).finally(() => this.#underWay.delete(host));
    this.#underWay.set(host, found);
    return found;
  }

  async #inTurn(host: string): Promise<readonly LookupAddress[]> {
    if (this.#busy >= atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy += 1;
    try {
      return await this.#lookUp(host);
    } finally {
      this.#busy -= 1;
      this.#waiting.shift()?.();
    }
  }
}
