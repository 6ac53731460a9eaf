import { dataSchemaName, type Rollup } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { aggregatesOf } from './aggregates.ts';
import type { Layout, StoredRelation, StoredRelations } from './layout.ts';
import type { TimedTable } from './timed-table.ts';

export interface WantedLayout {
  readonly layout: Layout;
  readonly tables: readonly TimedTable[];
  readonly rollups: readonly Rollup[];
}

/** In what a database is not laid out as it should be, one line each. */
export function layoutFaults(
  relations: StoredRelations,
  { layout, tables, rollups }: WantedLayout,
): readonly string[] {
  return [
    ...tables.flatMap(({ name }) =>
      piecesFaults(`${schemaName}.${name}`, relations.get(`${schemaName}.${name}`), layout),
    ),
    ...rollups.flatMap((rollup) => [
      ...storageFaults(rollup, relations, layout),
      ...columnFaults(rollup, `${schemaName}.${rollup.name}`, relations),
    ]),
  ];
}

function piecesFaults(
  name: string,
  relation: StoredRelation | undefined,
  { pieces }: Layout,
): readonly string[] {
  if (relation === undefined) return [`table ${name} is missing`];
  if (pieces === 'hypertables') return relation.kind === 'hypertable' ? [] : [`${name} is no hypertable`];
  if (relation.kind !== 'partitioned') return [`${name} is not partitioned`];
  return relation.hasDefault ? [] : [`${name} has no default partition`];
}

function storageFaults(rollup: Rollup, relations: StoredRelations, layout: Layout): readonly string[] {
  const name = `${dataSchemaName}.${rollup.name}`;
  if (layout.rollups === 'tables') {
    return [...piecesFaults(name, relations.get(name), layout), ...columnFaults(rollup, name, relations)];
  }
  const known = aggregatesOf(rollup, relations).flatMap(({ columns }) => columns);
  const missing = rollup.columns.filter((column) => !known.includes(column));
  return missing.length === 0 ? [] : [`${name} has no continuous aggregate of ${namesOf(missing)}`];
}

function columnFaults(rollup: Rollup, name: string, relations: StoredRelations): readonly string[] {
  const relation = relations.get(name);
  if (relation === undefined) return [`${name} is missing`];
  const missing = rollup.columns.filter((column) => !relation.columns.includes(column.name));
  return missing.length === 0 ? [] : [`${name} lacks ${namesOf(missing)}`];
}

function namesOf(columns: readonly { readonly name: string }[]): string {
  const [first, ...others] = columns.map(({ name }) => name);
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
}
