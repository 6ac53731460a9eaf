import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { rollupOf } from '../../../src/catalog/rollup.ts';
import { tableOf } from '../../../src/catalog/table.ts';
import { container } from '../../../src/collectors/docker/metrics.ts';
import { aggregateText } from '../../../src/db/layout/rollup-sql.ts';
import { createRowStore } from '../../../src/db/row-store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { deliveries } from './arbitrary-rows.ts';
import { expectSameRollup, readRollup } from './read-rollup.ts';
import { rollupByForce } from './rollup-oracle.ts';
import { storedOf } from './samples.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
});
afterAll(() => postgres.stop());

const signal = new AbortController().signal;

describe('the queries that make rollups', () => {
  const [fine, coarse] = [rollupOf(container, '5m'), rollupOf(container, '1h')];
  const ofRows = aggregateText(fine, fine.columns, {
    relation: 'telemetry.container',
    holds: 'samples',
    bucketing: 'date_bin',
  });
  const ofParts = aggregateText(coarse, coarse.columns, {
    relation: `(${ofRows}) as parts`,
    holds: 'parts',
    bucketing: 'date_bin',
  });

  it('give what brute force gives, of rows and of finer rollups', async () => {
    const property = fc.asyncProperty(deliveries, async ({ early, late }) => {
      await pool.query('truncate telemetry.container');
      const rows = [...early, ...late];
      expect(await createRowStore(pool, { catalog }).store(rows, signal)).toMatchObject({ refused: [] });
      const stored = storedOf(tableOf(container), rows);
      expectSameRollup(await readRollup(pool, fine, `(${ofRows})`), rollupByForce(container, '5m', stored));
      expectSameRollup(
        await readRollup(pool, coarse, `(${ofParts})`),
        rollupByForce(container, '1h', stored),
      );
    });
    await fc.assert(property, { numRuns: 60 });
  }, 60_000);
});
