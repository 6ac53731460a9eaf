import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maintain, type RoundReport } from '../../../src/db/maintenance/round.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { applyPolicies } from '../../../src/db/policy/apply.ts';
import { readJobs } from '../../../src/db/policy/jobs.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs } from '../../../src/runtime/duration.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';
import { smallCatalog as catalog, never } from './support.ts';

let timescale: TestTimescale;
let client: Client;
beforeAll(async () => {
  timescale = await startTimescale();
  await migrate(timescale.url, { catalog, logger: silentLogger, signal: never });
  await connect();
  await round();
}, 300_000);
afterAll(async () => {
  await client.end();
  await timescale.stop();
});

async function connect(): Promise<void> {
  client = new Client({ connectionString: timescale.url });
  await client.connect();
}

/** As the loop does it: what is spent is closed. */
async function round(): Promise<RoundReport> {
  const report = await maintain(client, { catalog, clock: systemClock });
  if (report.isSpent) {
    await client.end();
    await connect();
  }
  return report;
}

const dropsRows = async (): Promise<boolean> => (await readJobs(client)).has('drop telemetry.container');
const dropsBuckets = async (): Promise<boolean> =>
  (await readJobs(client)).has('drop telemetry_data.container_5m_1');

async function numbers(text: string): Promise<readonly number[]> {
  const { rows } = await client.query({ text, rowMode: 'array' });
  return rows.flat().map(Number);
}

async function insert(id: string, ageMs: number): Promise<void> {
  await client.query(
    `insert into telemetry.container (server_id, container_id, time, cpu_time_user) values ('main', $1, to_timestamp($2), 1)`,
    [id, (systemClock.now() - ageMs) / 1000],
  );
}

/** As far as a rollup was when nobody could store it any further. */
async function stoppedAt(ageMs: number, ...resolutions: readonly string[]): Promise<void> {
  await client.query(
    `update telemetry.rollup_state set filled = to_timestamp($1) where relation = 'container' and resolution = any($2)`,
    [(systemClock.now() - ageMs) / 1000, resolutions],
  );
}

async function materialization(aggregate: string): Promise<string> {
  const { rows } = await client.query(
    `select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) as name
     from timescaledb_information.continuous_aggregates where view_name = $1`,
    [aggregate],
  );
  return rows[0].name;
}

/** Does work while nothing can be reckoned that needs this function. */
async function whileFailing(name: string, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query(
    `select pg_get_functiondef(oid) as definition, format('create or replace function telemetry.%s(%s) returns %s language plpgsql as $$
       begin raise exception ''broken''; end $$', proname, pg_get_function_arguments(oid), pg_get_function_result(oid)) as broken
     from pg_proc where proname = $1 and pronamespace = 'telemetry'::regnamespace`,
    [name],
  );
  for (const { broken } of rows) await client.query(broken);
  await work();
  for (const { definition } of rows) await client.query(definition);
}

/** How many samples of a thing each rollup has stored. */
async function stored(id: string): Promise<readonly number[]> {
  const names = ['container_5m_1', 'container_1h_1', 'container_3h_1'];
  const tables: string[] = [];
  for (const name of names) tables.push(await materialization(name));
  const sums = tables.map(
    (table) => `(select coalesce(sum(samples), 0) from ${table} where container_id = '${id}')`,
  );
  return numbers(`select ${sums.join(', ')}`);
}

async function runRetention(): Promise<void> {
  const jobs = await numbers(
    `select job_id from timescaledb_information.jobs where proc_name = 'policy_retention'`,
  );
  for (const job of jobs) await client.query(`call run_job(${job})`);
}

describe('what a rollup is to be made of, on TimescaleDB', () => {
  it('is not dropped for as long as the rollup cannot be stored, which is said and is no difference', async () => {
    await insert('raw', 8.5 * dayMs);
    await stoppedAt(9 * dayMs, '5m', '1h', '3h');
    await whileFailing('counter_increase', async () => {
      const { failures } = await round();
      expect(failures).toEqual([
        // Not every version passes on what was wrong.
        expect.stringMatching(/^the rollups of container: .*(broken|invalid transaction termination)/),
        'TimescaleDB drops nothing of telemetry.container, however old, until the rollup in buckets of 5 minutes is stored so far',
      ]);
      expect((await round()).failures).toEqual(failures);
      expect(await dropsRows()).toBe(false);
      expect((await planPolicies(client, { catalog })).changes).toEqual([]);
      await applyPolicies(client, { catalog });
      await runRetention();
      expect(await numbers(`select count(*) from telemetry.container where container_id = 'raw'`)).toEqual([
        1,
      ]);
    });
  });

  it('is dropped once the rollup has caught up, which then has it', async () => {
    expect((await round()).failures).toEqual([]);
    expect(await dropsRows()).toBe(true);
    await runRetention();
    expect(await numbers(`select count(*) from telemetry.container where container_id = 'raw'`)).toEqual([0]);
    await round();
    expect(await stored('raw')).toEqual([1, 1, 1]);
  });

  it('is made of the finer rollup where rows are gone by then', async () => {
    await insert('fine', 8.5 * dayMs);
    await whileFailing('counter_increase_of_parts', async () => {
      await stoppedAt(9 * dayMs, '5m', '1h', '3h');
      await round();
      expect(await stored('fine')).toEqual([1, 0, 0]);
      expect(await dropsRows()).toBe(true);
    });
    await runRetention();
    expect((await round()).failures).toEqual([]);
    expect(await stored('fine')).toEqual([1, 1, 1]);
  });

  it('is not dropped of a rollup either', async () => {
    await insert('coarse', 40 * dayMs);
    await stoppedAt(41 * dayMs, '5m', '1h', '3h');
    await whileFailing('counter_increase_of_parts', async () => {
      await round();
      expect(await stored('coarse')).toEqual([1, 0, 0]);
      expect(await dropsBuckets()).toBe(false);
      await runRetention();
    });
    expect((await round()).failures).toEqual([]);
    expect(await dropsBuckets()).toBe(true);
    await runRetention();
    await round();
    expect(await stored('coarse')).toEqual([0, 1, 1]);
  });

  it('stays in a rollup of which the rows were gone before anybody could hold them', async () => {
    await insert('gone', 8.5 * dayMs);
    await stoppedAt(9 * dayMs, '5m', '1h', '3h');
    await round();
    await runRetention();
    await stoppedAt(9 * dayMs, '5m', '1h', '3h');
    expect((await round()).failures).toEqual([]);
    expect(await stored('gone')).toEqual([1, 1, 1]);
    expect(await dropsRows()).toBe(true);
  });
});
