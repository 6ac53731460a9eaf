import type { ClientBase, Pool } from 'pg';
import { z } from 'zod';
import { type Catalog, storedEntities } from '../../catalog/catalog.ts';
import { schemaName, type Table, tableOf } from '../../catalog/table.ts';
import { TelemetryError } from '../../runtime/errors.ts';

const columnRows = z.array(z.object({ table: z.string(), column: z.string(), type: z.string() }));
const keyRows = z.array(z.object({ table: z.string(), columns: z.array(z.string()) }));

interface Schema {
  /** Types by `table.column`, and the unique keys of each table as sorted names. */
  readonly types: ReadonlyMap<string, string>;
  readonly keys: ReadonlySet<string>;
}

/** In what the database falls short of the catalog, one line each; more than the catalog wants is no fault. */
export async function schemaFaults(
  database: ClientBase | Pool,
  catalog: Catalog,
): Promise<readonly string[]> {
  const schema = await readSchema(database);
  return storedEntities(catalog).flatMap((entity) => tableFaults(tableOf(entity), schema));
}

/** Rejects with `database_schema` when rows of the catalog could not be stored. */
export async function requireSchema(database: ClientBase | Pool, catalog: Catalog): Promise<void> {
  const faults = await schemaFaults(database, catalog);
  if (faults.length === 0) return;
  throw new TelemetryError(
    'database_schema',
    `the database has all migrations but not the tables that they make: ${faults.join('; ')}. ` +
      'Somebody has changed it by hand: undo that, or use another database',
  );
}

async function readSchema(database: ClientBase | Pool): Promise<Schema> {
  const columns = await database.query(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = to_regnamespace($1) and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
    [schemaName],
  );
  const keys = await database.query(
    `select c.relname as table, array(select attname::text from pg_attribute where attrelid = c.oid and attnum = any (i.indkey)) as columns
     from pg_class c join pg_index i on i.indrelid = c.oid
     where c.relnamespace = to_regnamespace($1) and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null`,
    [schemaName],
  );
  return {
    types: new Map(
      columnRows.parse(columns.rows).map(({ table, column, type }) => [`${table}.${column}`, type]),
    ),
    keys: new Set(keyRows.parse(keys.rows).map((key) => keyOf(key.table, key.columns))),
  };
}

function keyOf(table: string, columns: readonly string[]): string {
  return `${table}: ${[...columns].sort().join(', ')}`;
}

function tableFaults(table: Table, { types, keys }: Schema): readonly string[] {
  const columns = table.columns.flatMap(({ name, type }) => {
    const wanted = type === 'timestamptz' ? 'timestamp with time zone' : type;
    const found = types.get(`${table.name}.${name}`);
    if (found === wanted) return [];
    return [`column ${table.name}.${name} is ${found ?? 'missing'}, not ${wanted}`];
  });
  const hasKey = keys.has(keyOf(table.name, table.key));
  return hasKey ? columns : [...columns, `table ${table.name} has no unique key (${table.key.join(', ')})`];
}
