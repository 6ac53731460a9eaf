import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failedJobs } from '../../../src/db/maintenance/timescale-jobs.ts';
import { withClient } from '../../../src/db/transaction.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { never } from './support.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(await postgres.freshUrl('empty'));
});
afterAll(() => postgres.stop());

/** What TimescaleDB says of its jobs, in tables of the same names. */
const tables = `
  create schema timescaledb_information; set search_path = timescaledb_information;
  create table continuous_aggregates (view_schema text, view_name text, materialization_hypertable_schema text, materialization_hypertable_name text);
  create table jobs (job_id int, proc_name text, hypertable_schema text, hypertable_name text);
  create table job_stats (job_id int, last_run_status text);
  create table job_errors (job_id int, finish_time timestamptz, sqlerrcode text, err_message text);
  insert into continuous_aggregates values ('telemetry_data', 'container_5m_1', '_internal', 'holder');
  insert into jobs values (1, 'policy_refresh', '_internal', 'holder'), (2, 'policy_retention', 'telemetry', 'container'),
    (3, 'policy_retention', 'telemetry', 'server'), (4, 'policy_refresh', '_internal', 'holder'), (5, 'policy_retention', 'theirs', 'own'),
    (6, 'policy_retention', 'telemetry', 'agent');
  insert into job_stats values (1, 'Failed'), (2, 'Failed'), (3, 'Success'), (4, 'Failed'), (5, 'Failed'), (6, 'Failed');
  insert into job_errors values (1, '2026-03-01', '55P03', 'somebody else is at it'), (1, '2026-03-02', '22003', 'out of range'),
    (3, '2026-03-01', '22003', 'long ago'), (4, '2026-03-01', '22003', 'long ago'), (4, '2026-03-02', '55P03', 'somebody else is at it'),
    (5, '2026-03-01', '22003', 'not ours')`;

it('the jobs of ours that failed are named with the last reason where they say one, but for those that only met another', async () => {
  const found = await withClient(pool, never, async (client) => {
    await client.query(tables);
    return failedJobs(client);
  });
  expect(found).toEqual([
    'job 1 of TimescaleDB (policy_refresh of telemetry_data.container_5m_1) failed: out of range',
    expect.stringMatching(/^some jobs of TimescaleDB failed and say no reason, .*raise max_worker_processes/),
  ]);
});
