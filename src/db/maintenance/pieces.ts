import type { ClientBase } from 'pg';
import { z } from 'zod';
import { dayMs } from '../../runtime/duration.ts';
import {
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
  const known = new Set((await readPartitions(client, table)).map(({ from }) => from.getTime()));
  const wanted = [
    ...(await strayPartitions(client, table)),
    ...partitionsBetween(table, new Date(now - late), new Date(now + aheadMs)),
  ];
  const missing = new Map(
    wanted
      .filter(({ from }) => !known.has(from.getTime()))
      .map((partition) => [partition.qualified, partition]),
  );
  if (missing.size === 0) return;
  const statements = [
    // Nobody may add a row to it between the moving and the attaching. Attaching itself keeps nobody from storing elsewhere,
    // as making a partition in place would.
    `lock table ${defaultPartition(table)} in access exclusive mode`,
    ...[...missing.values()].flatMap((partition) => movePartition(table, partition)),
  ];
  await atomically(client, () => client.query(statements.join(';\n')));
}

const dayRows = z.array(z.object({ day: z.date() }));

/** The partitions that rows of the default partition belong into. */
async function strayPartitions(client: ClientBase, table: TimedTable): Promise<readonly Partition[]> {
  const { rows } = await client.query(
    `select distinct date_bin('1 day', time, timestamptz 'epoch') as day from ${defaultPartition(table)}`,
  );
  return dayRows.parse(rows).map(({ day }) => partitionAt(table, day));
}
