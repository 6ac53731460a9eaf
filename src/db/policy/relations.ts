import type { Catalog } from '../../catalog/catalog.ts';
import { dayMs } from '../../runtime/duration.ts';
import { rawTables, storedRollups } from '../layout/timed-table.ts';
import type { Relation } from './policy.ts';

/** Every table that a policy can be about: those of the catalog, which have rollups, and the generic ones, which have none. */
export function relationsOf(catalog: Catalog): readonly Relation[] {
  const rolledUp = new Set(storedRollups(catalog).map(({ relation }) => relation));
  return rawTables(catalog).map(({ relation, days }) => ({
    name: relation,
    rolledUp: rolledUp.has(relation),
    chunkMs: days * dayMs,
  }));
}
