import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { type Clock, systemClock } from './clock.ts';

/** Finds all addresses of a host. */
export type LookUpName = (host: string, hints?: number) => Promise<readonly LookupAddress[]>;

/** As the system resolves names, with its hosts file. */
const systemLookup: LookUpName = (host, hints = 0) => lookup(host, { all: true, hints });

/** Of the eight threads that `main.ts` asks for, Node looks names up in four. One is left for the names that may hold it for long. */
const atOnce = { prompt: 3, slow: 1 };
/** A name server answers in far less. One that is silent holds a thread for ten seconds and more. */
const promptMs = 2000;

/**
 * Looks names up a few at a time, and the same name but once at a time. Each lookup holds a thread of a few that all have to share for as
 * long as a name server is silent, and names whose server is silent are asked for again and again: those wait for each other, so that
 * no other has to wait for them.
 */
export class NameLookup {
  readonly #lookUp: LookUpName;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #underWay = new Map<string, Promise<readonly LookupAddress[]>>();
  /** Hosts that took long when they were last looked up. */
  readonly #slow = new Set<string>();
  readonly #lines = { prompt: new Line(atOnce.prompt), slow: new Line(atOnce.slow) };

  constructor(lookUp: LookUpName, clock: Pick<Clock, 'monotonic'> = systemClock) {
    this.#lookUp = lookUp;
    this.#clock = clock;
  }

  /** In place of the lookup of Node, for its connections. */
  readonly lookup: LookupFunction = (host, options, callback) => {
    this.find(host, options.hints).then(
      (found) => answer(host, found, options, callback),
      (thrown: NodeJS.ErrnoException) => callback(thrown, []),
    );
  };

  find(host: string, hints = 0): Promise<readonly LookupAddress[]> {
    const key = `${hints} ${host}`;
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    const line = this.#slow.has(host) ? this.#lines.slow : this.#lines.prompt;
    const found = line.run(() => this.#timed(host, hints)).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, found);
    return found;
  }

  async #timed(host: string, hints: number): Promise<readonly LookupAddress[]> {
    const begun = this.#clock.monotonic();
    try {
      return await this.#lookUp(host, hints);
    } finally {
      if (this.#clock.monotonic() - begun > promptMs) this.#slow.add(host);
      else this.#slow.delete(host);
    }
  }
}

function answer(
  host: string,
  found: readonly LookupAddress[],
  { all, family }: LookupOptions,
  callback: Parameters<LookupFunction>[2],
): void {
  const wanted = family === 4 || family === 6 ? found.filter((one) => one.family === family) : [...found];
  const [first] = wanted;
  if (first === undefined) {
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }), []);
  } else if (all === true) callback(null, wanted);
  else callback(null, first.address, first.family);
}

/** Runs a few at once, and the others after them in the order in which they came. */
class Line {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    try {
      return await work();
    } finally {
      // Whoever is next takes over the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }
}

/** Of the process, for its threads are so too. */
export const systemNames = new NameLookup(systemLookup);
