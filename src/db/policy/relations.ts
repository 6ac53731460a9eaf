import { type Catalog, storedEntities } from '../../catalog/catalog.ts';
import { dayMs } from '../../runtime/duration.ts';
import type { Relation } from './policy.ts';

const genericTables = ['number_point', 'histogram_point', 'exponential_histogram_point', 'summary_point'];

/** Every table that a policy can be about: those of the catalog, which have rollups, and the generic ones, which have none. */
export function relationsOf(catalog: Catalog): readonly Relation[] {
  return [
    ...storedEntities(catalog).map(({ name }) => ({ name, rolledUp: true, chunkMs: dayMs })),
    ...genericTables.map((name) => ({ name, rolledUp: false, chunkMs: dayMs })),
    { name: 'snapshot', rolledUp: false, chunkMs: 28 * dayMs },
  ];
}
