import { Client } from 'pg';
import { z } from 'zod';
import { readMigrations } from '../../src/db/migrate/files.ts';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { quoteName } from '../../src/db/table-sql.ts';
import { silentLogger } from '../../src/runtime/logger.ts';

/** The rows of every table, each as JSON, in order: by the name of the table. */
export type AllRows = Readonly<Record<string, readonly string[]>>;

/** What the first version of the product left behind. */
export interface FirstVersion {
  readonly tables: readonly Table[];
  readonly rows: AllRows;
}

interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

const columnRows = z.array(z.object({ table: z.string(), column: z.string(), type: z.string() }));
const jsonRows = z.array(z.object({ row: z.string() }));

/** Makes a database by the first migration alone, and fills all of its tables: things over many days, long ago and to come. */
export async function makeFirstVersion(url: string): Promise<FirstVersion> {
  const first = (await readMigrations()).slice(0, 1);
  const options = { catalog: { entities: [] }, logger: silentLogger, signal: AbortSignal.timeout(300_000) };
  await migrate(url, { ...options, migrations: first });
  return withClient(url, async (client) => {
    const tables = await readTables(client);
    for (const table of tables) await fill(client, table);
    return { tables, rows: await readAll(client, tables) };
  });
}

/** The same rows as they are now, in the columns that the first version knew. */
export function readFirstVersion(url: string, { tables }: FirstVersion): Promise<AllRows> {
  return withClient(url, (client) => readAll(client, tables));
}

async function readTables(client: Client): Promise<readonly Table[]> {
  const { rows } = await client.query(
    `select table_name as table, column_name as column, data_type as type from information_schema.columns
     where table_schema = 'telemetry' and table_name <> 'migration' order by table_name, ordinal_position`,
  );
  const tables = Map.groupBy(columnRows.parse(rows), ({ table }) => table);
  return [...tables].map(([name, columns]) => ({
    name,
    columns: columns.map(({ column, type }) => ({ name: column, type })),
  }));
}

/** Of one column, of the thing `t` at sample `n`; each lacks some. */
const values: Readonly<Record<string, string>> = {
  text: `'thing ' || t`,
  bigint: '9007199254740993 + n * 1000 + t',
  'double precision': 'n / 7.0 + t',
  'timestamp with time zone': `timestamptz '2026-03-01 00:00:00.000001Z' - n * interval '1 second'`,
  jsonb: `jsonb_build_object('n', n)`,
};

async function fill(client: Client, { name, columns }: Table): Promise<void> {
  const expressions = columns.map((column, index) => {
    const value = values[column.type];
    if (column.name === 'time') return 'time';
    // Identity comes first, and is never absent.
    return column.type === 'text' && index < 6
      ? value
      : `case when (n + t + ${index}) % 5 > 0 then ${value} end`;
  });
  await client.query(
    `insert into telemetry.${quoteName(name)} (${columns.map((column) => quoteName(column.name)).join(', ')})
     select ${expressions.join(', ')} from generate_series(1, 2) as t, lateral (
       select n, timestamptz '2026-03-01 00:00:00Z' + n * interval '97 minutes 0.000001 seconds' as time
       from generate_series(1, 120) as n
       union all select 0, '2001-09-09 01:46:40.999999Z' union all select -1, '2105-01-01Z'
     ) as samples`,
  );
}

async function readAll(client: Client, tables: readonly Table[]): Promise<AllRows> {
  const all: Record<string, readonly string[]> = {};
  for (const { name, columns } of tables) {
    const { rows } = await client.query(
      `select to_jsonb(r)::text as row from (select ${columns.map((column) => quoteName(column.name)).join(', ')} from telemetry.${quoteName(name)}) as r order by 1`,
    );
    all[name] = jsonRows.parse(rows).map(({ row }) => row);
  }
  return all;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("set timezone = 'UTC'");
    return await work(client);
  } finally {
    await client.end();
  }
}
