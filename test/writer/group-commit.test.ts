import { describe, expect, it } from 'vitest';
import {
  type Commit,
  type CommitOutcome,
  GroupCommit,
  type GroupCommitLimits,
} from '../../src/writer/group-commit.ts';

const never = new AbortController().signal;

/** A database whose transactions end when the test says so. */
class Transactions {
  readonly batches: (readonly string[])[] = [];
  readonly #ends: ((outcome: CommitOutcome<string>) => void)[] = [];
  readonly signals: AbortSignal[] = [];

  readonly commit: Commit<string> = (items, signal) => {
    this.batches.push(items);
    this.signals.push(signal);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'unavailable', message: 'cut off' }));
      this.#ends.push(resolve);
    });
  };

  /** Ends the oldest one that is open. */
  end(outcome: CommitOutcome<string> = { kind: 'stored', refused: [] }): void {
    this.#ends.shift()?.(outcome);
  }
}

function groupWith(commit: Commit<string>, limits: Partial<GroupCommitLimits> = {}): GroupCommit<string> {
  return new GroupCommit(commit, {
    maxTransactionItems: 5,
    maxTransactions: 1,
    maxQueuedRequests: 10,
    maxQueuedBytes: 1000,
    maxQueuedItems: 1000,
    storeTimeoutMs: 60_000,
    ...limits,
  });
}

const stored = { kind: 'stored', refused: [] };
/** Lets everything run that does not wait for a transaction. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('begins at once, and puts what waits meanwhile into one transaction', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit);
    const outcomes = ['a', 'b', 'c'].map((item) => group.store([item], 1, never));
    expect(database.batches).toEqual([['a']]);
    database.end();
    expect(await outcomes[0]).toEqual(stored);
    await settled();
    expect(database.batches).toEqual([['a'], ['b', 'c']]);
    database.end();
    expect(await Promise.all(outcomes)).toEqual([stored, stored, stored]);
    expect(group.figures()).toEqual({ requests: 0, bytes: 0, transactions: 2 });
  });

  it('runs a few transactions at a time', () => {
    const database = new Transactions();
    const group = groupWith(database.commit, { maxTransactions: 2 });
    for (const item of ['a', 'b', 'c', 'd']) void group.store([item], 1, never);
    expect(database.batches).toEqual([['a'], ['b']]);
  });

  it('bounds the items of a transaction, and splits a request that has more', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit, { maxTransactionItems: 2 });
    const large = group.store(['a', 'b', 'c'], 1, never);
    const small = [group.store(['d'], 1, never), group.store(['e'], 1, never)];
    for (let turn = 0; turn < 3; turn++) {
      database.end();
      await settled();
    }
    expect(database.batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await Promise.all([large, ...small])).toEqual([stored, stored, stored]);
  });

  it('tells each request of its own refused items alone', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit);
    const outcomes = [['a'], ['b', 'c'], ['d']].map((items) => group.store(items, 1, never));
    database.end();
    await settled();
    const refused = [{ item: 'c', cause: 'refused_row', reason: 'too long' }] as const;
    database.end({ kind: 'stored', refused });
    expect(await Promise.all(outcomes)).toEqual([stored, { kind: 'stored', refused }, stored]);
  });

  it('says of a request that it is not stored when a part of it is not', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit, { maxTransactionItems: 1, maxTransactions: 2 });
    const outcome = group.store(['a', 'b'], 1, never);
    database.end();
    database.end({ kind: 'unavailable', message: 'gone' });
    expect(await outcome).toEqual({ kind: 'unavailable', message: 'gone' });
  });

  it('lets everybody of a transaction hear that the database is away, and goes on with the next', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit);
    const outcomes = ['a', 'b', 'c'].map((item) => group.store([item], 1, never));
    database.end({ kind: 'unavailable', message: 'away' });
    await settled();
    database.end();
    expect(await Promise.all(outcomes)).toEqual([{ kind: 'unavailable', message: 'away' }, stored, stored]);
  });

  it('answers a request at once when its signal aborts, and withdraws what has not begun', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit, { maxTransactionItems: 1 });
    const controller = new AbortController();
    const given = group.store(['a', 'b'], 40, controller.signal);
    const other = group.store(['c'], 2, never);
    controller.abort(new Error('no more time'));
    expect(await given).toEqual({ kind: 'aborted' });
    // What is under way goes on, and holds its memory until then.
    expect(group.figures()).toMatchObject({ requests: 2, bytes: 42 });
    expect(database.signals[0]?.aborted).toBe(false);
    database.end();
    await settled();
    expect(database.batches).toEqual([['a'], ['c']]);
    database.end();
    expect(await other).toEqual(stored);
    expect(group.figures()).toMatchObject({ requests: 0, bytes: 0 });
  });

  it('does not begin for a signal that has aborted', async () => {
    const database = new Transactions();
    expect(await groupWith(database.commit).store(['a'], 1, AbortSignal.abort())).toEqual({
      kind: 'aborted',
    });
    expect(database.batches).toEqual([]);
  });

  it('bounds what waits in items', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit, { maxQueuedItems: 2 });
    const first = group.store(['a', 'b', 'c'], 1, never);
    expect(await group.store(['d'], 1, never)).toEqual({ kind: 'full' });
    database.end();
    expect(await first).toEqual(stored);
    const second = group.store(['e', 'f'], 1, never);
    expect(await group.store(['g'], 1, never)).toEqual({ kind: 'full' });
    database.end();
    expect(await second).toEqual(stored);
    const both = [group.store(['h'], 1, never), group.store(['i'], 1, never)];
    database.end();
    await settled();
    database.end();
    expect(await Promise.all(both)).toEqual([stored, stored]);
  });

  it('bounds what waits in requests and in bytes', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit, { maxQueuedRequests: 2, maxQueuedBytes: 100 });
    // A request that is larger than the bound is taken where it is alone.
    const first = group.store(['a'], 120, never);
    expect(await group.store(['b'], 1, never)).toEqual({ kind: 'full' });
    database.end();
    await first;
    const taken = [group.store(['c'], 1, never), group.store(['d'], 1, never)];
    expect(await group.store(['e'], 1, never)).toEqual({ kind: 'full' });
    database.end();
    await settled();
    database.end();
    expect(await Promise.all(taken)).toEqual([stored, stored]);
  });

  it('makes transactions smaller while they fail, and larger again when they do not', async () => {
    let longest = 300;
    const sizes: number[] = [];
    const group = groupWith(
      async ({ length }) => {
        sizes.push(length);
        return length > longest
          ? { kind: 'unavailable', message: 'too slow' }
          : { kind: 'stored', refused: [] };
      },
      { maxTransactionItems: 1000 },
    );
    const items = Array.from({ length: 1000 }, (_, index) => `item ${index}`);
    const send = async () => (await group.store(items, 1, never)).kind;
    expect(await send()).toBe('unavailable');
    expect(await send()).toBe('unavailable');
    expect(await send()).toBe('stored');
    expect(sizes).toEqual([1000, 500, 500, 200, 200, 200, 200, 200]);
    longest = 1000;
    for (let turn = 0; turn < 60; turn++) expect(await send()).toBe('stored');
    expect(sizes.at(-1)).toBe(1000);
  });

  it('lets only the request fail by which our own code fails', async () => {
    const group = groupWith(async (items) => {
      if (items.includes('bad')) throw new TypeError('a fault of ours');
      return { kind: 'stored', refused: [] };
    });
    const outcomes = [['a'], ['b'], ['bad'], ['c']].map((items) => group.store(items, 1, never));
    expect((await Promise.allSettled(outcomes)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('ends a transaction that takes too long', async () => {
    const group = groupWith(new Transactions().commit, { storeTimeoutMs: 1 });
    expect(await group.store(['a'], 1, never)).toEqual({ kind: 'unavailable', message: 'cut off' });
  });

  it('ends everything when it is closed, and takes nothing more', async () => {
    const database = new Transactions();
    const group = groupWith(database.commit);
    const outcomes = ['a', 'b'].map((item) => group.store([item], 1, never));
    await group.close();
    const closed = { kind: 'unavailable', message: 'the writer is closing' };
    expect(await Promise.all(outcomes)).toEqual([{ kind: 'unavailable', message: 'cut off' }, closed]);
    expect(await group.store(['c'], 1, never)).toEqual(closed);
    expect(database.batches).toEqual([['a']]);
  });

  it('has nothing to do for nothing', async () => {
    const database = new Transactions();
    expect(await groupWith(database.commit).store([], 1, never)).toEqual(stored);
    expect(database.batches).toEqual([]);
  });
});
