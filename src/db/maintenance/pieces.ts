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

/** In one transaction: each holds locks until its end, of which a server has only so many. */
const mostAtOnce = 16;

/**
 * Makes the partitions that rows of so old and so new a time go into, and moves there what the default partition has. What is
 * nearest to now comes first: once it is there, those who store need not wait for what is left to be moved.
 */
export async function makePartitions(
  client: ClientBase,
  table: TimedTable,
  { now, late }: { readonly now: number; readonly late: number },
): Promise<void> {
  const known = new Set((await readPartitions(client, table)).map(({ from }) => from.getTime()));
  const isMissing = ({ from }: Partition): boolean => !known.has(from.getTime());
  const strays = (await strayPartitions(client, table)).filter(isMissing);
  const filled = new Map(strays.map((partition) => [partition.qualified, partition]));
  const empty = partitionsBetween(table, new Date(now - late), new Date(now + aheadMs))
    .filter(isMissing)
    .filter(({ qualified }) => !filled.has(qualified));
  const distance = ({ from }: Partition): number => Math.abs(from.getTime() - now);
  const nearest = [...filled.values()].toSorted((a, b) => distance(a) - distance(b));
  for (let done = 0; done < empty.length; done += mostAtOnce)
    await movePartitions(client, table, empty.slice(done, done + mostAtOnce));
  for (const partition of nearest) await movePartitions(client, table, [partition]);
}

async function movePartitions(
  client: ClientBase,
  table: TimedTable,
  partitions: readonly Partition[],
): Promise<void> {
  const statements = [
    // Nobody may add a row to it between the moving and the attaching. Attaching itself keeps nobody from storing elsewhere,
    // as making a partition in place would.
    `lock table ${defaultPartition(table)} in access exclusive mode`,
    ...partitions.flatMap((partition) => movePartition(table, partition)),
  ];
  await atomically(client, () => client.query(statements.join(';\n')));
}

const dayRows = z.array(z.object({ day: z.date() }));

/** The partitions that rows of the default partition belong into. */
async function strayPartitions(client: ClientBase, table: TimedTable): Promise<readonly Partition[]> {
  const { rows } = await client.query(
    `select distinct date_bin('1 day', time, timestamptz 'epoch') as day from ${defaultPartition(table)} where isfinite(time)`,
  );
  return dayRows.parse(rows).map(({ day }) => partitionAt(table, day));
}
