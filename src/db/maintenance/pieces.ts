import type { ClientBase } from 'pg';
import { z } from 'zod';
import { dayMs } from '../../runtime/duration.ts';
import {
  createPartition,
  defaultPartition,
  movePartition,
  type Partition,
  partitionAt,
  partitionsBetween,
  readPartitions,
} from '../layout/partition.ts';
import type { TimedTable } from '../layout/timed-table.ts';
import { atomically } from './atomically.ts';

/** How far ahead partitions are made: so long may the loop be away before rows go into the default partition. */
const aheadMs = 14 * dayMs;

/** Makes the partitions that rows of so old and so new a time go into, and moves there what the default partition has. */
export async function makePartitions(
  client: ClientBase,
  table: TimedTable,
  { now, late }: { readonly now: number; readonly late: number },
): Promise<void> {
  for (const partition of await strayPartitions(client, table)) await move(client, table, partition);
  const known = new Set((await readPartitions(client, table)).map(({ from }) => from.getTime()));
  const wanted = partitionsBetween(table, new Date(now - late), new Date(now + aheadMs));
  for (const partition of wanted) {
    if (!known.has(partition.from.getTime())) await client.query(createPartition(table, partition));
  }
}

const dayRows = z.array(z.object({ day: z.date() }));

/** The partitions that rows of the default partition belong into. */
async function strayPartitions(client: ClientBase, table: TimedTable): Promise<readonly Partition[]> {
  const { rows } = await client.query(
    `select distinct date_bin('1 day', time, timestamptz 'epoch') as day from ${defaultPartition(table)} order by 1`,
  );
  const partitions = dayRows.parse(rows).map(({ day }) => partitionAt(table, day));
  return partitions.filter(({ qualified }, index) => partitions[index - 1]?.qualified !== qualified);
}

async function move(client: ClientBase, table: TimedTable, partition: Partition): Promise<void> {
  await atomically(client, async () => {
    // Nobody may add a row of that time between the moving and the attaching.
    await client.query(`lock table ${defaultPartition(table)} in access exclusive mode`);
    for (const text of movePartition(table, partition)) await client.query(text);
  });
}
