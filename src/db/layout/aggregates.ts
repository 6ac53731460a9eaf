import { dataSchemaName, type Resolution, type Rollup, type RollupColumn } from '../../catalog/rollup.ts';
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
 * The aggregates that are still to be made of the rollups of one table, the finest first. The columns of a coarser aggregate
 * are those of the finer one with its number.
 */
export function missingAggregates(
  [fine, coarse]: readonly [Rollup, Rollup],
  relations: StoredRelations,
): readonly (readonly [Rollup, Aggregate])[] {
  const fineKnown = aggregatesOf(fine, relations);
  const has = new Set(fineKnown.flatMap(({ columns }) => columns.map(({ name }) => name)));
  const lacking = fine.columns.filter(({ name }) => !has.has(name));
  const fineNew = lacking.length === 0 ? [] : [aggregate(fine, fineKnown.length + 1, withKey(fine, lacking))];
  const coarseNew = [...fineKnown, ...fineNew]
    .slice(aggregatesOf(coarse, relations).length)
    .map(({ number, columns }) => aggregate(coarse, number, columns));
  return [
    ...fineNew.map((made) => [fine, made] as const),
    ...coarseNew.map((made) => [coarse, made] as const),
  ];
}

/** Made empty: what there is already is put in by a refresh, and until then reckoned by each query. */
export function createAggregate(rollup: Rollup, made: Aggregate, { schema }: TimescaleFeatures): string {
  const from: Readonly<Record<Resolution, string>> = {
    '5m': `${schemaName}.${quoteName(rollup.table.name)}`,
    '1h': `${dataSchemaName}.${quoteName(`${rollup.table.name}_5m_${made.number}`)}`,
  };
  const select = aggregateText(rollup, made.columns, {
    relation: from[rollup.resolution],
    holds: rollup.resolution === '5m' ? 'samples' : 'parts',
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

function aggregateName({ name }: Rollup, number: number): string {
  return `${name}_${number}`;
}
