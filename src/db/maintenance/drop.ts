import type { ClientBase } from 'pg';
import { z } from 'zod';
import { systemCodeOf } from '../../runtime/errors.ts';
import { readPartitions } from '../layout/partition.ts';
import type { Stored } from '../policy/storage.ts';
import { markGone } from '../policy/stored-policies.ts';
import { atomically } from './atomically.ts';

export interface Dropping {
  /** Milliseconds since 1970. */
  readonly before: number;
  /** Gets the name of each piece as soon as it is gone. */
  readonly dropped: string[];
}

/**
 * Drops the pieces of a table that hold nothing younger than `before`, and in the same moment writes down that what they held
 * is gone.
 */
export async function dropPieces(
  client: ClientBase,
  { table, kind }: Stored,
  dropping: Dropping,
): Promise<void> {
  if (kind === 'partitioned') await dropPartitions(client, table, dropping);
  if (kind === 'hypertable') await dropChunks(client, table, dropping);
}

async function dropPartitions(
  client: ClientBase,
  table: Stored['table'],
  { before, dropped }: Dropping,
): Promise<void> {
  const old = (await readPartitions(client, table)).filter(({ to }) => to.getTime() <= before);
  let needed: unknown;
  for (const { qualified, to } of old) {
    try {
      await atomically(client, async () => {
        await markGone(client, table.relation, to.getTime());
        await client.query(`drop table ${qualified}`);
      });
      dropped.push(qualified);
    } catch (thrown) {
      // What somebody's own view reads stays, and keeps no other from being dropped.
      if (systemCodeOf(thrown) !== '2BP01') throw thrown;
      needed ??= thrown;
    }
  }
  if (needed !== undefined) throw needed;
}

const chunkRows = z.array(z.object({ name: z.string() }));

/** For TimescaleDB without jobs of its own; a chunk that ends later than `before` stays. */
async function dropChunks(
  client: ClientBase,
  table: Stored['table'],
  { before, dropped }: Dropping,
): Promise<void> {
  const gone = await atomically(client, async () => {
    const values = [table.qualified, new Date(before)];
    const text = 'select drop_chunks($1::regclass, older_than => $2::timestamptz) as name';
    const { rows } = await client.query(text, values);
    if (rows.length > 0) await markGone(client, table.relation, before);
    return chunkRows.parse(rows);
  });
  dropped.push(...gone.map(({ name }) => name));
}
