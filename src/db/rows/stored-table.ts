import { type Catalog, storedEntities } from '../../catalog/catalog.ts';
import { type Table, tableOf } from '../../catalog/table.ts';
import { type StoreStatements, storeStatements } from '../table-sql.ts';
import { type RowCheck, rowCheck } from './row-check.ts';

/** What storing the rows of one entity takes. */
export interface StoredTable {
  readonly table: Table;
  readonly check: RowCheck;
  readonly statements: StoreStatements;
}

/** By the name of the entity. */
export function storedTables(catalog: Catalog): ReadonlyMap<string, StoredTable> {
  return new Map(
    storedEntities(catalog).map((entity) => {
      const table = tableOf(entity);
      return [entity.name, { table, check: rowCheck(table), statements: storeStatements(table) }];
    }),
  );
}
