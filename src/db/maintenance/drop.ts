import type { ClientBase } from 'pg';
import { readPartitions } from '../layout/partition.ts';
import type { Stored } from '../policy/storage.ts';
import { markGone } from '../policy/stored-policies.ts';
import { atomically } from './atomically.ts';

/**
 * Drops the pieces of a table that hold nothing younger than `before` (milliseconds since 1970), and in the same moment
 * writes down that what they held is gone. Gives how many it dropped.
 */
export async function dropPieces(
  client: ClientBase,
  { table, kind }: Stored,
  before: number,
): Promise<number> {
  if (kind === 'table') return 0;
  return kind === 'partitioned' ? dropPartitions(client, table, before) : dropChunks(client, table, before);
}

async function dropPartitions(client: ClientBase, table: Stored['table'], before: number): Promise<number> {
  const old = (await readPartitions(client, table)).filter(({ to }) => to.getTime() <= before);
  for (const { qualified, to } of old) {
    await atomically(client, async () => {
      await markGone(client, table.relation, to.getTime());
      await client.query(`drop table ${qualified}`);
    });
  }
  return old.length;
}

/** For TimescaleDB without jobs of its own; a chunk that ends later than `before` stays. */
async function dropChunks(client: ClientBase, table: Stored['table'], before: number): Promise<number> {
  return atomically(client, async () => {
    const values = [table.qualified, new Date(before)];
    const text = 'select drop_chunks($1::regclass, older_than => $2::timestamptz)';
    const { rowCount } = await client.query(text, values);
    const dropped = rowCount ?? 0;
    if (dropped > 0) await markGone(client, table.relation, before);
    return dropped;
  });
}
