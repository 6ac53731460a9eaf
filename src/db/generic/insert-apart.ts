import type { PoolClient } from 'pg';
import { classifyFailure, describeFailure } from '../failure.ts';

export interface Insertion<Item> {
  /** Inserts the items that are new and gives their number. */
  readonly insert: (client: PoolClient, items: readonly Item[]) => Promise<number>;
  readonly refuse: (item: Item, reason: string) => void;
}

/** Within a transaction, inserts items of which the database may refuse some: those are found by halving, and left out each by itself. */
export async function insertApart<Item>(
  client: PoolClient,
  items: readonly Item[],
  insertion: Insertion<Item>,
): Promise<number> {
  await client.query('savepoint part');
  try {
    const inserted = await insertion.insert(client, items);
    await client.query('release savepoint part');
    return inserted;
  } catch (thrown) {
    if (classifyFailure(thrown) !== 'row') throw thrown;
    await client.query('rollback to savepoint part');
    await client.query('release savepoint part');
    const [only, ...others] = items;
    if (only !== undefined && others.length === 0) {
      insertion.refuse(only, describeFailure(thrown));
      return 0;
    }
    const middle = Math.ceil(items.length / 2);
    const first = await insertApart(client, items.slice(0, middle), insertion);
    return first + (await insertApart(client, items.slice(middle), insertion));
  }
}
