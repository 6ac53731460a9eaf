import type { ClientBase } from 'pg';
import { z } from 'zod';
import { dataSchemaName } from '../../catalog/rollup.ts';
import { quoteName } from '../table-sql.ts';
import type { TimedTable } from './timed-table.ts';

/** One piece of a partitioned table. */
export interface Partition {
  /** As statements name it: `telemetry_data."container_p20261125"`. */
  readonly qualified: string;
  readonly from: Date;
  /** The first moment that is no longer in it. */
  readonly to: Date;
}

const dayMs = 86_400_000;
/** The first Monday of 1970: pieces of whole weeks begin on Mondays, in UTC. */
const originMs = 4 * dayMs;

/** The partition that a time belongs into, whether it is there or not. */
export function partitionAt(table: TimedTable, time: Date): Partition {
  const width = table.days * dayMs;
  const from = new Date(originMs + Math.floor((time.getTime() - originMs) / width) * width);
  const day = from.toISOString().replace(/T.*/, '').replaceAll('-', '');
  return {
    qualified: `${dataSchemaName}.${quoteName(`${table.name}_p${day}`)}`,
    from,
    to: new Date(from.getTime() + width),
  };
}

/** The partitions that hold the times from one to another, both included. */
export function partitionsBetween(table: TimedTable, from: Date, to: Date): readonly Partition[] {
  const partitions: Partition[] = [];
  for (let next = partitionAt(table, from); next.from <= to; next = partitionAt(table, next.to)) {
    partitions.push(next);
  }
  return partitions;
}

/** Where rows go for which there is no other partition, so that none is ever lost. */
export function defaultPartition({ name }: TimedTable): string {
  return `${dataSchemaName}.${quoteName(`${name}_default`)}`;
}

export function createDefaultPartition(table: TimedTable): string {
  return `create table ${defaultPartition(table)} partition of ${table.qualified} default`;
}

/** The statement that makes a partition; it fails while the default partition has rows that belong into it. */
export function createPartition(table: TimedTable, partition: Partition): string {
  const { qualified } = partition;
  return `create table if not exists ${qualified} partition of ${table.qualified} ${boundsOf(partition)}`;
}

/** The statements that make a partition and move into it what the default one has of it, to be run in one transaction. */
export function movePartition(table: TimedTable, partition: Partition): readonly string[] {
  const { qualified, from, to } = partition;
  const within = `time >= ${literal(from)} and time < ${literal(to)}`;
  return [
    `create table ${qualified} (like ${table.qualified})`,
    `with moved as (delete from ${defaultPartition(table)} where ${within} returning *) insert into ${qualified} select * from moved`,
    `alter table ${table.qualified} attach partition ${qualified} ${boundsOf(partition)}`,
  ];
}

function boundsOf({ from, to }: Partition): string {
  return `for values from (${literal(from)}) to (${literal(to)})`;
}

function literal(time: Date): string {
  return `'${time.toISOString()}'`;
}

const found = z.array(z.object({ qualified: z.string(), from: z.date(), to: z.date() }));

/** The partitions that a table has, from the oldest to the newest, without the default one. */
export async function readPartitions(
  client: ClientBase,
  { qualified }: TimedTable,
): Promise<readonly Partition[]> {
  const { rows } = await client.query(
    `select format('%I.%I', n.nspname, c.relname) as qualified,
       substring(b.bounds from $$FROM \\('([^']+)'\\)$$)::timestamptz as "from",
       substring(b.bounds from $$TO \\('([^']+)'\\)$$)::timestamptz as "to"
     from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
     cross join lateral (select pg_get_expr(c.relpartbound, c.oid) as bounds) b
     where i.inhparent = to_regclass($1) and b.bounds <> 'DEFAULT'
     order by 2`,
    [qualified],
  );
  return found.parse(rows);
}
