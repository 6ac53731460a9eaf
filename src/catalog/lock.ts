import { type Catalog, storedEntities } from './catalog.ts';
import { type Family, familiesOf } from './families.ts';
import { type Column, type Table, tableOf } from './table.ts';

export type LockedColumn = Pick<Column, 'name' | 'type' | 'comment'>;

export interface LockedTable extends Pick<Table, 'name' | 'comment' | 'key'> {
  readonly columns: readonly LockedColumn[];
}

export type LockedMetric = Pick<Family, 'name' | 'kind' | 'unit' | 'attributes'>;

/** What the last migration reached. Users query these tables and metrics, so nothing of it is taken back. */
export interface Lock {
  readonly tables: readonly LockedTable[];
  readonly metrics: readonly LockedMetric[];
}

export const emptyLock: Lock = { tables: [], metrics: [] };

/** What a catalog promises once it is published. */
export function lockOf(catalog: Catalog): Lock {
  return { tables: storedEntities(catalog).map(tableOf).map(lockedTable), metrics: lockedMetrics(catalog) };
}

function lockedTable({ name, comment, key, columns }: Table): LockedTable {
  return { name, comment, key, columns: columns.map(({ name, type, comment }) => ({ name, type, comment })) };
}

/** Sorted, because the order of definitions has no meaning. */
function lockedMetrics(catalog: Catalog): readonly LockedMetric[] {
  return familiesOf(catalog)
    .map(({ name, kind, unit, attributes }) => ({ name, kind, unit, attributes }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
