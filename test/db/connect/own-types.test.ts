import { types } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { agedRow, maintain, never, smallCatalog, store } from '../maintenance/support.ts';

const { BOOL, FLOAT8, INT4, INT8, OID, TIMESTAMPTZ } = types.builtins;
let postgres: TestPostgres;

beforeAll(async () => {
  for (const type of [BOOL, FLOAT8, INT4, OID, TIMESTAMPTZ])
    types.setTypeParser(type, (text: string) => `strange ${text}`);
  types.setTypeParser(INT8, BigInt);
  postgres = await startPostgres(smallCatalog);
});
afterAll(() => postgres.stop());

it('a host that has pg read types in its own way changes nothing of ours', async () => {
  const signal = never;
  expect(await migrate(postgres.url, { catalog: smallCatalog, logger: silentLogger, signal })).toEqual([]);
  const pool = postgres.pool(postgres.url);
  await store(pool, [agedRow('old', 3_600_000), agedRow('new', 60_000)]);
  await using watched = maintain(postgres, postgres.url);
  expect(await watched.maintenance.runRound(never)).toBe('leader');
  expect(watched.logger.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
  const { rows } = await pool.query(
    `select true as yes, 2::bigint as large, 3 as whole, 0.5::float8 as half, timestamptz '2026-03-01 12:00:10.123456+01' as time`,
  );
  const time = new Date('2026-03-01T11:00:10.123Z');
  expect(rows).toEqual([{ yes: true, large: '2', whole: 3, half: 0.5, time }]);
});

it.each([
  ['2026-11-25 01:02:03+01', '2026-11-25T00:02:03.000Z'],
  ['2026-11-25 01:02:03.000001Z', '2026-11-25T01:02:03.000Z'],
  ['0099-12-31 23:59:59.5Z', '0099-12-31T23:59:59.500Z'],
  ['12026-01-01 00:00:00Z', '+012026-01-01T00:00:00.000Z'],
  ['0001-01-01 00:00:00Z BC', '0000-01-01T00:00:00.000Z'],
  ['4001-02-28 00:00:00Z BC', '-004000-02-28T00:00:00.000Z'],
])('the time %s is read exactly', async (written, wanted) => {
  const { rows } = await postgres.pool(postgres.url).query('select $1::timestamptz as time', [written]);
  expect(rows[0].time.toISOString()).toBe(wanted);
});
