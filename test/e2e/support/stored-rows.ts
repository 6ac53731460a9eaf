import type { Pool } from 'pg';
import { catalog, storedEntities } from '../../../src/catalog/catalog.ts';
import { readRows } from '../../../src/db/rows/rows.ts';
import type { Row } from '../../../src/metric/row.ts';

/** All rows of a database, of all entities, in the order of entity, time and identity. */
export async function readStoredRows(pool: Pool): Promise<readonly Row[]> {
  const range = { from: 0, to: (Date.now() + 60_000) * 1000 };
  const options = { catalog, ...range, signal: AbortSignal.timeout(120_000) };
  const rows = await Promise.all(storedEntities(catalog).map(({ name }) => readRows(pool, name, options)));
  return rows.flat();
}
