import type { ClientBase } from 'pg';
import { z } from 'zod';
import { dataSchemaName, resolutions } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { type DatabaseFeatures, readFeatures } from './features.ts';

/**
 * How tables lie in pieces of time, and who keeps their rollups. It is decided when the first table is laid out and stays,
 * whatever becomes of the extension later.
 */
export interface Layout {
  readonly pieces: 'partitions' | 'hypertables';
  /** `tables`, which our own loop fills, or continuous `aggregates` of TimescaleDB. */
  readonly rollups: 'tables' | 'aggregates';
}

const relationKinds = ['table', 'partitioned', 'hypertable', 'view'] as const;

export interface StoredRelation {
  readonly kind: (typeof relationKinds)[number];
  readonly columns: readonly string[];
  readonly comment: string | null;
  /** Whether it is partitioned and has a default partition. */
  readonly hasDefault: boolean;
}

/** What lies in our two schemas, by name with the schema: `telemetry.container`. Partitions are left out. */
export type StoredRelations = ReadonlyMap<string, StoredRelation>;

/** Names come as one text of JSON: to read arrays, `pg` takes them apart letter by letter, and this is asked every minute. */
const relationRows = z.array(
  z.object({
    name: z.string(),
    kind: z.enum(relationKinds),
    columns: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.array(z.string())),
    comment: z.string().nullable(),
    hasDefault: z.boolean(),
  }),
);

export async function readRelations(
  client: ClientBase,
  { timescale }: DatabaseFeatures,
): Promise<StoredRelations> {
  const isHypertable =
    timescale === undefined
      ? 'false'
      : `exists (select from timescaledb_information.hypertables where hypertable_schema = n.nspname and hypertable_name = c.relname)`;
  const { rows } = await client.query(
    `select n.nspname || '.' || c.relname as name,
       case when c.relkind = 'v' then 'view' when c.relkind = 'p' then 'partitioned'
         when ${isHypertable} then 'hypertable' else 'table' end as kind,
       array_to_json(array(select attname::text from pg_attribute
         where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum))::text as columns,
       obj_description(c.oid, 'pg_class') as comment,
       exists (select from pg_partitioned_table where partrelid = c.oid and partdefid <> 0) as "hasDefault"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v') and not c.relispartition`,
    [[schemaName, dataSchemaName]],
  );
  return new Map(relationRows.parse(rows).map(({ name, ...relation }) => [name, relation]));
}

/** How a database lies, or would be laid out if it is not yet. */
export async function readLayout(client: ClientBase): Promise<Layout> {
  const features = await readFeatures(client);
  return layoutOf(features, await readRelations(client, features));
}

/** Other things may lie in that schema too. */
const tableText = `^${dataSchemaName}\\..+_(${resolutions.join('|')})`;
const aggregateShape = new RegExp(`${tableText}_\\d+$`);
const tableShape = new RegExp(`${tableText}$`);

export function layoutOf({ timescale }: DatabaseFeatures, relations: StoredRelations): Layout {
  // One of the tables that every database has, and that is laid out before those that have rows.
  const partitioned = relations.get(`${schemaName}.number_point`)?.kind === 'partitioned';
  if (partitioned || timescale === undefined) return { pieces: 'partitions', rollups: 'tables' };
  const begunAs = (shape: RegExp, isView: boolean): boolean =>
    [...relations].some(([name, { kind }]) => shape.test(name) && (kind === 'view') === isView);
  const aggregates =
    begunAs(aggregateShape, true) || (timescale.license === 'timescale' && !begunAs(tableShape, false));
  return { pieces: 'hypertables', rollups: aggregates ? 'aggregates' : 'tables' };
}
