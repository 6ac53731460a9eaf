import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { ensureRecords } from '../../../src/db/migrate/record.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { numberPoint, sampleSeries } from '../../support/sample-series.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const signal = new AbortController().signal;
const run = (url: string) => migrate(url, { catalog, logger: silentLogger, signal });

async function encodedUrl(encoding: string): Promise<string> {
  const url = postgres.url.replace(/\/test_\w+/, (name) => `${name}_${encoding.toLowerCase()}`);
  const [name] = /test_\w+/.exec(url) ?? [];
  const pool = postgres.pool(postgres.url);
  await pool.query(
    `create database ${name} template template0 encoding '${encoding}' lc_collate 'C' lc_ctype 'C'`,
  );
  return url;
}

it('a new database whose encoding lacks characters is not begun with', async () => {
  const url = await encodedUrl('EUC_JP');
  await expect(run(url)).rejects.toMatchObject({
    code: 'database_schema',
    message: expect.stringMatching(/encoding EUC_JP .* ENCODING 'UTF8'/),
  });
  const { rows } = await postgres.pool(url).query("select to_regnamespace('telemetry') as schema");
  expect(rows).toEqual([{ schema: null }]);
});

it('a database in which text is bytes is', async () => {
  expect(await run(await encodedUrl('SQL_ASCII'))).toContain('0001_init');
});

it('one that was begun goes on, and refuses the points that it cannot hold, each by itself', async () => {
  const url = await encodedUrl('LATIN1');
  const pool = postgres.pool(url);
  const client = await pool.connect();
  await ensureRecords(client);
  client.release();
  await run(url);
  const places = ['Köln', 'Łódź', 'Paris', '東京', 'Rome'];
  const points = places.map((place, value) => numberPoint(sampleSeries({ place }), { value }));
  const outcome = await createPointStore(pool).store(points, signal);
  const refused = [points[1], points[3]].map((point) => ({
    point,
    cause: 'refused_row',
    reason: expect.stringContaining('has no equivalent in encoding "LATIN1"'),
  }));
  expect(outcome).toMatchObject({ kind: 'stored', inserted: 3, duplicates: 0 });
  expect('refused' in outcome ? new Set(outcome.refused) : outcome).toEqual(new Set(refused));
});
