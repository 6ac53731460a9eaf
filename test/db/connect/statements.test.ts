import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog, storedEntities } from '../../../src/catalog/catalog.ts';
import { tableOf } from '../../../src/catalog/table.ts';
import { createHistoryStore } from '../../../src/db/history/history.ts';
import { readRows } from '../../../src/db/rows/rows.ts';
import { storeStatements } from '../../../src/db/table-sql.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
let client: PoolClient;
beforeAll(async () => {
  postgres = await startPostgres();
  client = await postgres.pool(postgres.url).connect();
});
afterAll(async () => {
  client.release();
  await postgres.stop();
});

const signal = new AbortController().signal;
const entities = storedEntities(catalog).map((entity) => [entity.name, entity] as const);

describe('B97: every statement fits the tables that the migrations make', () => {
  it.each(entities)('storing %s', async (_name, entity) => {
    const { insert, insertReturning, complete } = storeStatements(tableOf(entity));
    for (const { name, text } of [insert, insertReturning, complete]) {
      await client.query(`prepare "${name}" as ${text}`);
    }
    const { rows } = await client.query(
      'select cardinality(parameter_types) as n from pg_prepared_statements order by n',
    );
    const wanted = tableOf(entity).columns.length;
    expect(rows).toEqual([{ n: wanted }, { n: wanted }, { n: wanted + 2 }]);
    await client.query('deallocate all');
  });

  it.each(entities)('reading %s', async (name) => {
    const pool = postgres.pool(postgres.url);
    expect(await readRows(pool, name, { catalog, from: 0, to: 1e15, signal })).toEqual([]);
  });

  it.each(entities)('the history of %s', async (name, entity) => {
    const history = createHistoryStore(postgres.pool(postgres.url), catalog);
    const where = Object.fromEntries(Object.keys(entity.identity).map((key) => [key, 'x']));
    for (const metric of Object.keys(entity.metrics)) {
      const query = { entity: name, metric, from: 0, to: 1e15, stepSeconds: 3600, where, maxSeries: 1 };
      expect((await history.history(query, signal)).series).toEqual([]);
    }
  });
});
