import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog, storedEntities } from '../../../src/catalog/catalog.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { readRows } from '../../../src/db/rows/rows.ts';
import { identityKey, type Row } from '../../../src/metric/row.ts';
import { arbitraryRow } from '../../support/arbitrary-row.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
});
afterAll(() => postgres.stop());

const signal = new AbortController().signal;
const always = { catalog, from: -1, to: Number.MAX_SAFE_INTEGER, signal };
const keyOf = (row: Row): string => `${row.time} ${identityKey(row)}`;

describe('rows in = rows out', () => {
  it.each(storedEntities(catalog).map((entity) => [entity.name, entity] as const))(
    '%s',
    async (name, entity) => {
      const store = createRowStore(pool, { catalog });
      const rowSets = fc.uniqueArray(arbitraryRow(entity), { selector: keyOf, maxLength: 20 });
      const property = fc.asyncProperty(rowSets, async (rows) => {
        await pool.query(`truncate telemetry.${name}`);
        const stored = { kind: 'stored', inserted: rows.length, completed: 0, duplicates: 0, refused: [] };
        expect(await store.store(rows, signal)).toEqual(stored);
        const found = await readRows(pool, name, always);
        expect(new Map(found.map((row) => [keyOf(row), row]))).toStrictEqual(
          new Map(rows.map((row) => [keyOf(row), row])),
        );
      });
      await fc.assert(property, { numRuns: 40 });
    },
  );
});
