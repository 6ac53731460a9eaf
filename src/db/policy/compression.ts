import type { ClientBase } from 'pg';
import { z } from 'zod';
import { quoteName } from '../table-sql.ts';
import { plainName, type RelationStorage } from './storage.ts';

const nameRows = z.array(z.object({ name: z.string() }));
const keyRows = z.array(z.object({ name: z.string(), type: z.string() }));

/** Makes the chunks of a relation and of its aggregates fit to be compressed, where they are not yet. */
export async function enableCompression(
  client: ClientBase,
  { raw, aggregates }: Pick<RelationStorage, 'raw' | 'aggregates'>,
): Promise<void> {
  const table = plainName(raw.table);
  const wanted = [table, ...Object.values(aggregates).flat()];
  const { rows } = await client.query(
    `select name from unnest($1::text[]) as name where name not in (
       select hypertable_schema || '.' || hypertable_name from timescaledb_information.hypertables where compression_enabled
       union all
       select view_schema || '.' || view_name from timescaledb_information.continuous_aggregates where compression_enabled)`,
    [wanted],
  );
  for (const { name } of nameRows.parse(rows)) {
    if (name === table) await client.query(await alterText(client, name));
    // TimescaleDB segments an aggregate by what it groups by, and orders it by time.
    else await client.query(`alter materialized view ${qualified(name)} set (timescaledb.compress = true)`);
  }
}

/** Rows of one thing lie together, in the order of time; what tells single rows apart only orders them. */
async function alterText(client: ClientBase, table: string): Promise<string> {
  const { rows } = await client.query(
    `select a.attname as name, format_type(a.atttypid, null) as type
     from pg_index i cross join unnest(i.indkey) with ordinality as key (number, place)
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.number
     where i.indrelid = $1::regclass and i.indisprimary and a.attname <> 'time' order by key.place`,
    [table],
  );
  const key = keyRows.parse(rows);
  const named = (isSegment: boolean): readonly string[] =>
    key
      .filter(({ type }) => (type === 'text' || type === 'bigint') === isSegment)
      .map(({ name }) => quoteName(name));
  const options = [
    'timescaledb.compress',
    `timescaledb.compress_segmentby = '${named(true).join(', ')}'`,
    `timescaledb.compress_orderby = '${['time', ...named(false)].join(', ')}'`,
  ];
  return `alter table ${qualified(table)} set (${options.join(', ')})`;
}

function qualified(name: string): string {
  return name.split('.').map(quoteName).join('.');
}
