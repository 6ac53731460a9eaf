import { type ClientBase, DatabaseError } from 'pg';
import { z } from 'zod';
import { dataSchemaName } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { quoteName } from '../table-sql.ts';
import {
  createDefaultPartition,
  createPartition,
  defaultPartition,
  type Partition,
  partitionAt,
} from './partition.ts';
import { readSurroundings, type Surroundings } from './surroundings.ts';
import type { TimedTable } from './timed-table.ts';

/**
 * Puts a partitioned table in the place of each of these plain ones, with all rows and with what else there is of the table.
 * Nobody ever sees less than everything: each change is one transaction.
 */
export async function replaceTables(
  client: ClientBase,
  tables: readonly TimedTable[],
  logger: Logger,
): Promise<void> {
  if (tables.length === 0) return;
  const surroundings = await readSurroundings(
    client,
    tables.map(({ name }) => name),
  );
  const known = tables.flatMap((table) => {
    const around = surroundings.get(table.name);
    return around === undefined ? [] : [{ table, around }];
  });
  const empty = known.filter(({ around }) => !around.filled);
  if (empty.length > 0) {
    const statements = empty.flatMap(({ table, around }) => {
      // Rows may have come since we looked.
      const rest = `insert into ${table.qualified} select * from ${replaced(table)}`;
      return [...openingStatements(table, []), rest, ...closingStatements(table, around, [])];
    });
    // What is sent as one is one transaction.
    await client.query(statements.join(';\n')).catch(explain);
  }
  for (const { table, around } of known.filter(({ around }) => around.filled)) {
    logger.info('moving the rows of a table into partitions', { table: table.qualified });
    const rows = await replaceFilled(client, table, around);
    logger.info('moved the rows of a table into partitions', { table: table.qualified, rows });
  }
}

/** Each holds locks until the end, of which a server has only so many: maintenance makes those of older rows, some at a time. */
const mostPartitions = 100;

/** Day by day, so that each statement works on rows that lie together. */
async function replaceFilled(client: ClientBase, table: TimedTable, around: Surroundings): Promise<number> {
  await client.query('begin');
  try {
    await client.query(`lock table ${table.qualified} in access exclusive mode`);
    const days = await partitionsOf(client, table);
    const partitions = days.slice(-mostPartitions);
    await client.query(openingStatements(table, partitions).join(';\n'));
    let moved = 0;
    for (const { from, to } of days) {
      const text = `insert into ${table.qualified} select * from ${replaced(table)} where time >= $1 and time < $2`;
      const { rowCount } = await client.query(text, [from, to]);
      moved += rowCount ?? 0;
    }
    await requireAll(client, table, moved);
    await client.query([...closingStatements(table, around, partitions), 'commit'].join(';\n'));
    return moved;
  } catch (thrown) {
    await client.query('rollback').catch(() => {});
    return explain(thrown);
  }
}

/** Says in words when something hangs on a table that another table in its place would not have. */
function explain(thrown: unknown): never {
  if (!(thrown instanceof DatabaseError) || thrown.code !== '2BP01') throw thrown;
  const dependents = (thrown.detail ?? thrown.message).replaceAll(`${dataSchemaName}._`, `${schemaName}.`);
  throw new TelemetryError(
    'database_schema',
    `tables cannot be partitioned while other things depend on them (${dependents.replaceAll('\n', ', ')}): ` +
      'drop those, migrate, and make them again; views are no hindrance',
    { cause: thrown },
  );
}

const starts = z.array(z.object({ start: z.date() }));
const counts = z.array(z.object({ rows: z.coerce.number() })).length(1);

/** Those that its rows belong into, from the oldest to the newest. */
async function partitionsOf(client: ClientBase, table: TimedTable): Promise<readonly Partition[]> {
  const { rows } = await client.query(
    `select distinct date_bin($1::interval, time, timestamptz '1970-01-05 00:00:00Z') as start from ${table.qualified} order by 1`,
    [`${table.days} days`],
  );
  return starts.parse(rows).map(({ start }) => partitionAt(table, start));
}

async function requireAll(client: ClientBase, table: TimedTable, moved: number): Promise<void> {
  const { rows } = await client.query(`select count(*) as rows from ${replaced(table)}`);
  const [count] = counts.parse(rows);
  if (count?.rows === moved) return;
  throw new TelemetryError(
    'database_schema',
    `only ${moved} of ${count?.rows} rows of ${table.qualified} could be moved into partitions, so all were left where they are`,
  );
}

/** A name for the old table where no other can be: names of the catalog begin with a letter. */
function replaced({ name }: TimedTable): string {
  return `${dataSchemaName}.${quoteName(`_${name}`)}`;
}

function openingStatements(table: TimedTable, partitions: readonly Partition[]): readonly string[] {
  const name = quoteName(table.name);
  return [
    // Its indexes go with it, so that their names are free.
    `alter table ${table.qualified} set schema ${dataSchemaName}`,
    `alter table ${dataSchemaName}.${name} rename to ${quoteName(`_${table.name}`)}`,
    `create table ${table.qualified} (like ${replaced(table)} including all excluding indexes) partition by range (time)`,
    createDefaultPartition(table),
    ...partitions.map((partition) => createPartition(table, partition)),
  ];
}

function closingStatements(
  table: TimedTable,
  { owner, statements }: Surroundings,
  partitions: readonly Partition[],
): readonly string[] {
  const made = [table.qualified, defaultPartition(table), ...partitions.map(({ qualified }) => qualified)];
  const owners = owner === undefined ? [] : made.map((name) => `alter table ${name} owner to ${owner}`);
  return [...statements, ...owners, `drop table ${replaced(table)}`];
}
