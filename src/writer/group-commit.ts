import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import { withinTime } from '../runtime/within-time.ts';

/** An item that can never be stored, and why; the others of its transaction are stored all the same. */
export interface Refused<Item> {
  readonly item: Item;
  readonly cause: RejectionReason;
  /** More than the cause says. */
  readonly reason: string;
}

/** What became of items. Nothing is `stored` before it is committed. */
export type CommitOutcome<Item> =
  | { readonly kind: 'stored'; readonly refused: readonly Refused<Item>[] }
  /** Nothing of them is known to be stored: the same items may come again. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** Stores items in one transaction. */
export type Commit<Item> = (items: readonly Item[], signal: AbortSignal) => Promise<CommitOutcome<Item>>;

/** What became of one request's items, or why they were not even tried to the end. */
export type GroupOutcome<Item> =
  | CommitOutcome<Item>
  | { readonly kind: 'full' }
  /** Its own signal has aborted; whether its items were stored is not known. */
  | { readonly kind: 'aborted' };

export interface GroupCommitLimits {
  /** Items of one transaction at most; fewer are taken while transactions fail, as they do when they take too long. */
  readonly maxTransactionItems: number;
  readonly maxTransactions: number;
  /** Requests that wait or are being stored, and the memory that they hold. */
  readonly maxQueuedRequests: number;
  readonly maxQueuedBytes: number;
  /** Items of those requests: small ones take more memory than they came in. */
  readonly maxQueuedItems: number;
  /** Time for one transaction. */
  readonly storeTimeoutMs: number;
}

/** What waits and what is under way. */
export interface GroupFigures {
  readonly requests: number;
  readonly bytes: number;
  /** Transactions begun since the start. */
  readonly transactions: number;
}

/** Items that go into one transaction together: those of a request, or some of them where they are too many for one. */
interface Part<Item> {
  readonly items: readonly Item[];
  readonly resolve: (outcome: CommitOutcome<Item>) => void;
  readonly reject: (thrown: unknown) => void;
}

/** Fewer in a transaction would not help a database that cannot finish these. */
const fewestItems = 200;

const closed = { kind: 'unavailable', message: 'the writer is closing' } as const;

/**
 * Lets concurrent requests share transactions: what arrives while as many as there may be are under way waits, and goes into the next
 * one together. Each request hears of its own items alone, and nobody waits longer than its signal says.
 */
export class GroupCommit<Item> {
  readonly #commit: Commit<Item>;
  readonly #limits: GroupCommitLimits;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #waiting: Part<Item>[] = [];
  #requests = 0;
  #bytes = 0;
  #items = 0;
  #transactions = 0;
  /** Items of the next transaction at most: fewer while the database does not finish what it is given. */
  #fitting: number;

  constructor(commit: Commit<Item>, limits: GroupCommitLimits) {
    this.#commit = commit;
    this.#limits = limits;
    this.#fitting = limits.maxTransactionItems;
  }

  figures(): GroupFigures {
    return { requests: this.#requests, bytes: this.#bytes, transactions: this.#transactions };
  }

  /** `bytes` is the memory that the items stand for. Rejects for a fault of ours alone. */
  async store(items: readonly Item[], bytes: number, signal: AbortSignal): Promise<GroupOutcome<Item>> {
    if (items.length === 0) return { kind: 'stored', refused: [] };
    if (this.#closing.signal.aborted) return closed;
    if (signal.aborted) return { kind: 'aborted' };
    if (!this.#hasRoom(bytes, items.length)) return { kind: 'full' };
    this.#requests += 1;
    this.#bytes += bytes;
    this.#items += items.length;
    const parts = chunksOf(items, this.#fitting).map(partOf);
    // What is under way when its request gives up still holds its memory.
    const all = Promise.all(parts.map(({ outcome }) => outcome)).finally(() => {
      this.#requests -= 1;
      this.#bytes -= bytes;
      this.#items -= items.length;
    });
    this.#waiting.push(...parts.map(({ part }) => part));
    this.#begin();
    try {
      return together(await untilAborted(all, signal));
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      this.#withdraw(new Set(parts.map(({ part }) => part)));
      return { kind: 'aborted' };
    }
  }

  /** Ends what is under way, and takes nothing more. */
  async close(): Promise<void> {
    this.#closing.abort(new Error(closed.message));
    for (const part of this.#waiting.splice(0)) part.resolve(closed);
    await Promise.all(this.#underWay);
  }

  /** A request that is larger than the bound is taken where it is the only one. */
  #hasRoom(bytes: number, items: number): boolean {
    const { maxQueuedRequests, maxQueuedBytes, maxQueuedItems } = this.#limits;
    if (this.#requests === 0) return maxQueuedRequests > 0;
    return (
      this.#requests < maxQueuedRequests &&
      this.#bytes + bytes <= maxQueuedBytes &&
      this.#items + items <= maxQueuedItems
    );
  }

  #begin(): void {
    while (this.#waiting.length > 0 && this.#underWay.size < this.#limits.maxTransactions) {
      const run = this.#store(this.#next()).finally(() => {
        this.#underWay.delete(run);
        this.#begin();
      });
      this.#underWay.add(run);
    }
  }

  /** As many of those that have waited longest as fit into one transaction. */
  #next(): readonly Part<Item>[] {
    let items = 0;
    const fits = this.#waiting.findIndex((part) => {
      items += part.items.length;
      return items > this.#fitting;
    });
    // The first may have been made when more did fit.
    return this.#waiting.splice(0, fits === -1 ? this.#waiting.length : Math.max(fits, 1));
  }

  /** Never rejects: whoever waits for a part hears of its failure. */
  async #store(parts: readonly Part<Item>[]): Promise<void> {
    this.#transactions += 1;
    const limit = {
      ms: this.#limits.storeTimeoutMs,
      reason: new Error('the database did not answer in time'),
      signal: this.#closing.signal,
    };
    try {
      const items = parts.flatMap((part) => part.items);
      const outcome = await withinTime(limit, (signal) => this.#commit(items, signal));
      this.#fit(outcome.kind === 'stored');
      for (const part of parts) part.resolve(outcomeOf(part, outcome));
    } catch (thrown) {
      if (parts.length === 1) for (const part of parts) part.reject(thrown);
      // Only the request that we stumble over shall fail by it.
      else for (const part of parts) await this.#store([part]);
    }
  }

  /** Halves at each failure, and grows by small steps: each failure is one of all the requests in the transaction. */
  #fit(isStored: boolean): void {
    const { maxTransactionItems: most } = this.#limits;
    const wanted = isStored ? this.#fitting + Math.ceil(most / 100) : Math.ceil(this.#fitting / 2);
    this.#fitting = Math.min(most, Math.max(fewestItems, wanted));
  }

  #withdraw(parts: ReadonlySet<Part<Item>>): void {
    const [gone, left] = [
      this.#waiting.filter((part) => parts.has(part)),
      this.#waiting.filter((part) => !parts.has(part)),
    ];
    this.#waiting = left;
    for (const part of gone) part.resolve(closed);
  }
}

function chunksOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function partOf<Item>(items: readonly Item[]) {
  const { promise, resolve, reject } = Promise.withResolvers<CommitOutcome<Item>>();
  const part: Part<Item> = { items, resolve, reject };
  return { part, outcome: promise };
}

function outcomeOf<Item>({ items }: Part<Item>, outcome: CommitOutcome<Item>): CommitOutcome<Item> {
  if (outcome.kind === 'unavailable' || outcome.refused.length === 0) return outcome;
  const own = new Set(items);
  return { kind: 'stored', refused: outcome.refused.filter(({ item }) => own.has(item)) };
}

/** Stored is a request when all of it is. */
function together<Item>(outcomes: readonly CommitOutcome<Item>[]): CommitOutcome<Item> {
  const refused: Refused<Item>[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'unavailable') return outcome;
    refused.push(...outcome.refused);
  }
  return { kind: 'stored', refused };
}
