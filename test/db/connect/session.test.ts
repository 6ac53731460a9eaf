import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { noteLateRows } from '../../../src/db/rows/late-rows.ts';
import { inTransaction } from '../../../src/db/transaction.ts';
import { microsFromMs } from '../../../src/metric/time.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import {
  agedRow,
  count,
  lead,
  maintain,
  never,
  reckoned,
  shown,
  smallCatalog,
  store,
} from '../maintenance/support.ts';

let postgres: TestPostgres;
let url: string;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
  url = await postgres.freshUrl('empty');
  await run(
    ['serializable', 'SQL, DMY', 'Europe/Berlin'].map((value, index) => {
      const name = ['default_transaction_isolation', 'datestyle', 'timezone'][index];
      return `alter database ${databaseOf(url)} set ${name} = '${value}'`;
    }),
  );
  const settings = [
    'extra_float_digits = 0',
    'standard_conforming_strings = off',
    "search_path = ''",
    'quote_all_identifiers = on',
    "intervalstyle = 'sql_standard'",
    "bytea_output = 'escape'",
    'array_nulls = off',
    'transform_null_equals = on',
    'default_transaction_deferrable = on',
  ];
  await run(settings.map((setting) => `alter database ${databaseOf(url)} set ${setting}`));
});
afterAll(() => postgres.stop());

const databaseOf = (address: string): string => /\/(\w+)\?/.exec(address)?.[1] ?? '';

async function run(statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

describe('a database with defaults of its own', () => {
  it('is migrated, maintained and read as any other', async () => {
    await migrate(url, { catalog: smallCatalog, logger: silentLogger, signal: never });
    const pool = postgres.pool(url);
    await store(pool, [agedRow('old', 3_600_000, { cpuTimeUser: 0.1 + 0.2 })]);
    await using watched = maintain(postgres, url);
    expect(await watched.maintenance.runRound(never)).toBe('leader');
    expect(watched.logger.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
    expect(await shown(pool, 'container_1h')).toEqual(await reckoned(pool, 'container_1h'));
    expect(await shown(pool, 'container_3h')).toEqual(await reckoned(pool, 'container_3h'));
    const { rows } = await pool.query('select cpu_time_user::text as figure from telemetry.container');
    expect(rows).toEqual([{ figure: '0.30000000000000004' }]);
  });

  it('is maintained for as long as that takes, whatever limit its transactions have', async () => {
    // Only what is new enough has one.
    const has = `select from pg_settings where name = 'transaction_timeout'`;
    const { rowCount } = await postgres.pool(url).query(has);
    if (rowCount === 1) await run([`alter database ${databaseOf(url)} set transaction_timeout = '1h'`]);
    await run([
      `create function public.unlimited() returns trigger language plpgsql as $$ begin
         if current_setting('transaction_timeout', true) <> '0' then raise 'limited'; end if; return new;
       end $$`,
      'create trigger unlimited before insert on telemetry_data.container_5m for each row execute function public.unlimited()',
      `update telemetry.rollup_state set filled = filled - interval '3 hours'`,
      'delete from telemetry_data.container_5m',
    ]);
    await using watched = maintain(postgres, url);
    await lead(watched);
    expect(watched.maintenance.figures()).toMatchObject({ rounds: 1, failures: 0 });
    expect(await count(postgres.pool(url), 'telemetry_data.container_5m')).toBe(1);
  });

  it('B23: is told of a row that became late while its transaction was under way', async () => {
    const pool = postgres.pool(url);
    const time = microsFromMs(Math.floor(Date.now() / 300_000) * 300_000);
    await inTransaction(pool, never, async (client) => {
      await client.query('select from telemetry.container');
      await pool.query(`update telemetry.rollup_state set until = now() + interval '1 hour'`);
      await noteLateRows(client, [{ relation: 'container', times: [time] }]);
    });
    const { rows } = await pool.query(
      'select relation, extract(epoch from time)::float8 as time from telemetry.late_bucket',
    );
    expect(rows).toContainEqual({ relation: 'container', time: time / 1e6 });
  });

  it('keeps the parameters that its address asks for', async () => {
    const pool = postgres.pool(
      `${url}&options=${encodeURIComponent('-c work_mem=7MB -c TimeZone=Asia/Tokyo')}`,
    );
    const { rows } = await pool.query(
      `select current_setting('work_mem') as memory, current_setting('timezone') as zone, current_setting('transaction_isolation') as isolation`,
    );
    expect(rows).toEqual([{ memory: '7MB', zone: 'UTC', isolation: 'read committed' }]);
  });
});
