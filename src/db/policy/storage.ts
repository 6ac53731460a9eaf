import type { ClientBase } from 'pg';
import type { Catalog } from '../../catalog/catalog.ts';
import { byResolution, dataSchemaName, type Resolution } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { readFeatures, type TimescaleFeatures } from '../layout/features.ts';
import { type Layout, layoutOf, readRelations, type StoredRelations } from '../layout/layout.ts';
import { rawTables, storedRollups, type TimedTable } from '../layout/timed-table.ts';
import { quoteName } from '../table-sql.ts';
import { type Aggregates, aggregatesOf } from './jobs.ts';
import type { Relation } from './policy.ts';
import { relationsOf } from './relations.ts';

/** A table, and how its rows lie: that decides who drops the old ones. */
export interface Stored {
  readonly table: TimedTable;
  readonly kind: 'partitioned' | 'hypertable' | 'table';
}

export interface RelationStorage {
  readonly relation: Relation;
  readonly raw: Stored;
  /** The tables that we keep rollups in; undefined where there is none. */
  readonly rollups: Readonly<Record<Resolution, Stored | undefined>>;
  /** The continuous aggregates that TimescaleDB keeps them in. */
  readonly aggregates: Aggregates;
}

export interface Storage {
  readonly timescale: TimescaleFeatures | undefined;
  readonly layout: Layout;
  /** Those that there are tables for. */
  readonly relations: readonly RelationStorage[];
}

/** Also lets the connection find the functions of TimescaleDB, wherever they lie. */
export async function readStorage(client: ClientBase, catalog: Catalog): Promise<Storage> {
  const features = await readFeatures(client);
  const { timescale } = features;
  if (timescale !== undefined) await client.query(`set search_path = ${quoteName(timescale.schema)}`);
  const found = await readRelations(client, features);
  const aggregates = [...found].filter(([, { kind }]) => kind === 'view').map(([name]) => name);
  const raws = rawTables(catalog);
  const rollups = storedRollups(catalog);
  return {
    timescale,
    layout: layoutOf(features, found),
    relations: relationsOf(catalog).flatMap((relation) => {
      const stored = (tables: readonly TimedTable[], resolution: TimedTable['resolution']) =>
        storedAs(
          tables.find((table) => table.relation === relation.name && table.resolution === resolution),
          found,
        );
      const raw = stored(raws, 'raw');
      if (raw === undefined) return [];
      return [
        {
          relation,
          raw,
          rollups: byResolution((resolution) => stored(rollups, resolution)),
          aggregates: aggregatesOf(relation.name, aggregates),
        },
      ];
    }),
  };
}

function storedAs(table: TimedTable | undefined, found: StoredRelations): Stored | undefined {
  if (table === undefined) return undefined;
  const kind = found.get(plainName(table))?.kind;
  return kind === undefined || kind === 'view' ? undefined : { table, kind };
}

/** `telemetry.container`, as the catalogs of PostgreSQL and TimescaleDB give it in two columns. */
export function plainName({ resolution, name }: TimedTable): string {
  return `${resolution === 'raw' ? schemaName : dataSchemaName}.${name}`;
}

/** Whether TimescaleDB's own jobs drop the old rows of this relation, and refresh its rollups. */
export function isKeptByJobs({ timescale, layout }: Storage, { raw }: RelationStorage): boolean {
  return raw.kind === 'hypertable' && layout.rollups === 'aggregates' && timescale?.license === 'timescale';
}
