import { type Catalog, storedEntities } from '../../catalog/catalog.ts';
import {
  dataSchemaName,
  type Resolution,
  type Rollup,
  resolutions,
  rollupName,
} from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { quoteName } from '../table-sql.ts';

/** A table whose rows lie in pieces of time: partitions, or chunks of TimescaleDB. */
export interface TimedTable {
  /** What policies call it: an entity, `number_point`, `snapshot`. */
  readonly relation: string;
  readonly resolution: 'raw' | Resolution;
  /** Without its schema: `container`, `container_5m`. */
  readonly name: string;
  /** As statements name it. */
  readonly qualified: string;
  /** The width of a piece. */
  readonly days: number;
}

const genericTables = ['number_point', 'histogram_point', 'exponential_histogram_point', 'summary_point'];
const rollupDays: Readonly<Record<Resolution, number>> = { '5m': 7, '1h': 28, '3h': 28 };

/** Tables of rows as they came. */
export function rawTables(catalog: Catalog): readonly TimedTable[] {
  const daily = [...storedEntities(catalog).map(({ name }) => name), ...genericTables];
  // Events of snapshots are few and kept for long.
  return [...daily.map((name) => rawTable(name, 1)), rawTable('snapshot', 28)];
}

function rawTable(name: string, days: number): TimedTable {
  const qualified = `${schemaName}.${quoteName(name)}`;
  return { relation: name, resolution: 'raw', name, qualified, days };
}

/** Tables of rollups, which there are where continuous aggregates do not store them. */
export function storedRollups(catalog: Catalog): readonly TimedTable[] {
  // By name alone: each round of maintenance asks, and to reckon all columns of all rollups makes megabytes of garbage.
  return storedEntities(catalog).flatMap(({ name }) =>
    resolutions.map((resolution) => rollupTable(name, resolution)),
  );
}

export function storedRollup({ table, resolution }: Rollup): TimedTable {
  return rollupTable(table.name, resolution);
}

function rollupTable(relation: string, resolution: Resolution): TimedTable {
  const name = rollupName(relation, resolution);
  const qualified = `${dataSchemaName}.${quoteName(name)}`;
  return { relation, resolution, name, qualified, days: rollupDays[resolution] };
}
