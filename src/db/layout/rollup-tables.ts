import { dataSchemaName, type Rollup } from '../../catalog/rollup.ts';
import { quoteName } from '../table-sql.ts';
import type { TimescaleFeatures } from './features.ts';
import { createHypertable } from './hypertables.ts';
import type { StoredRelations } from './layout.ts';
import { createDefaultPartition } from './partition.ts';
import { storedRollup } from './timed-table.ts';

export interface RollupTableOptions {
  readonly relations: StoredRelations;
  /** Where tables are hypertables. */
  readonly timescale: TimescaleFeatures | undefined;
}

/** The statements that make the table of a rollup, or give it the columns that it lacks. */
export function rollupTableStatements(
  rollup: Rollup,
  { relations, timescale }: RollupTableOptions,
): readonly string[] {
  const table = storedRollup(rollup);
  const known = relations.get(`${dataSchemaName}.${rollup.name}`);
  if (known !== undefined) {
    const lacking = rollup.columns
      .filter(({ name }) => !known.columns.includes(name))
      .map(({ name, type }) => `alter table ${table.qualified} add column ${quoteName(name)} ${type}`);
    const bare = known.kind === 'partitioned' && !known.hasDefault;
    return bare ? [...lacking, createDefaultPartition(table)] : lacking;
  }
  const columns = rollup.columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
  const key = `primary key (${rollup.key.map(quoteName).join(', ')})`;
  const create = `create table ${table.qualified} (${columns.join(', ')}, ${key})`;
  const index = `create index ${quoteName(`${rollup.name}_time`)} on ${table.qualified} using brin (time)`;
  if (timescale !== undefined) return [create, index, createHypertable(table, timescale)];
  return [`${create} partition by range (time)`, index, createDefaultPartition(table)];
}
