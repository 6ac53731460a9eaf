import {
  dataSchemaName,
  finerThan,
  type Rollup,
  type RollupColumn,
  rollupName,
} from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { quoteName } from '../table-sql.ts';
import type { TimescaleFeatures } from './features.ts';
import type { StoredRelations } from './layout.ts';
import { aggregateText } from './rollup-sql.ts';

/** One continuous aggregate. It cannot grow, so that columns which come later are in further ones with the same key. */
export interface Aggregate {
  /** Without its schema: `container_5m_1`. */
  readonly name: string;
  /** As statements name it. */
  readonly qualified: string;
  readonly number: number;
  /** Those of the key included. */
  readonly columns: readonly RollupColumn[];
}

/** The continuous aggregates of a rollup that are there, in the order in which they were made. */
export function aggregatesOf(rollup: Rollup, relations: StoredRelations): readonly Aggregate[] {
  const found: Aggregate[] = [];
  for (;;) {
    const number = found.length + 1;
    const relation = relations.get(`${dataSchemaName}.${aggregateName(rollup, number)}`);
    if (relation === undefined) return found;
    const columns = rollup.columns.filter(({ name }) => relation.columns.includes(name));
    found.push(aggregate(rollup, number, columns));
  }
}

/**
 * The aggregates that are still to be made of the rollups of one table, from the finest to the coarsest. The columns of a coarser
 * aggregate are those of the finer one with its number.
 */
export function missingAggregates(
  rollups: readonly Rollup[],
  relations: StoredRelations,
): readonly (readonly [Rollup, Aggregate])[] {
  const missing: (readonly [Rollup, Aggregate])[] = [];
  let finer: readonly Aggregate[] | undefined;
  for (const rollup of rollups) {
    const known = aggregatesOf(rollup, relations);
    const made: readonly Aggregate[] =
      finer === undefined
        ? ofLackingColumns(rollup, known)
        : finer.slice(known.length).map(({ number, columns }) => aggregate(rollup, number, columns));
    missing.push(...made.map((one) => [rollup, one] as const));
    finer = [...known, ...made];
  }
  return missing;
}

function ofLackingColumns(rollup: Rollup, known: readonly Aggregate[]): readonly Aggregate[] {
  const has = new Set(known.flatMap(({ columns }) => columns.map(({ name }) => name)));
  const lacking = rollup.columns.filter(({ name }) => !has.has(name));
  return lacking.length === 0 ? [] : [aggregate(rollup, known.length + 1, withKey(rollup, lacking))];
}

/** What an aggregate is made of: the table, or the finer aggregate with its number. */
export function sourceOf({ table, resolution }: Rollup, { number }: Aggregate): string {
  const finer = finerThan(resolution);
  if (finer === undefined) return `${schemaName}.${quoteName(table.name)}`;
  return `${dataSchemaName}.${quoteName(aggregateName({ name: rollupName(table.name, finer) }, number))}`;
}

/** Made empty: what there is already is put in by a refresh, and until then reckoned by each query. */
export function createAggregate(rollup: Rollup, made: Aggregate, { schema }: TimescaleFeatures): string {
  const select = aggregateText(rollup, made.columns, {
    relation: sourceOf(rollup, made),
    holds: finerThan(rollup.resolution) === undefined ? 'samples' : 'parts',
    bucketing: { timescaleSchema: schema },
  });
  return (
    `create materialized view ${made.qualified} with (timescaledb.continuous, timescaledb.materialized_only = false, ` +
    `timescaledb.create_group_indexes = false) as ${select} with no data`
  );
}

export function createAggregateIndex({ key }: Rollup, { qualified }: Aggregate): string {
  return `create index on ${qualified} (${key.map(quoteName).join(', ')})`;
}

function withKey(rollup: Rollup, columns: readonly RollupColumn[]): readonly RollupColumn[] {
  return rollup.columns.filter((column) => rollup.key.includes(column.name) || columns.includes(column));
}

function aggregate(rollup: Rollup, number: number, columns: readonly RollupColumn[]): Aggregate {
  const name = aggregateName(rollup, number);
  return { name, qualified: `${dataSchemaName}.${quoteName(name)}`, number, columns };
}

function aggregateName({ name }: Pick<Rollup, 'name'>, number: number): string {
  return `${name}_${number}`;
}
