import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolutions, rollupOf } from '../../../src/catalog/rollup.ts';
import { tableOf } from '../../../src/catalog/table.ts';
import { container } from '../../../src/collectors/docker/metrics.ts';
import { readJobs } from '../../../src/db/policy/jobs.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { withClient } from '../../../src/db/transaction.ts';
import type { Row } from '../../../src/metric/row.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';
import { until } from '../../app/support.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { expectSameRollup, readRollup } from '../conformance/read-rollup.ts';
import { rollupByForce } from '../conformance/rollup-oracle.ts';
import { storedOf } from '../conformance/samples.ts';
import { agedRow, smallCatalog as catalog, maintain, never, store } from '../maintenance/support.ts';

/** What only a server has: jobs of TimescaleDB at work in the background, while others store and maintain. */
let postgres: TestPostgres;
let url: string;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres(catalog);
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.freshUrl('migrated');
  pool = postgres.pool(url, { size: 4, statementTimeoutMs: 60_000 });
  // As if no job had run yet: one that was cut off when the database was copied would be taken for crashed, and wait for minutes.
  await pool.query('delete from _timescaledb_internal.bgw_job_stat');
  await pool.query('select _timescaledb_functions.start_background_workers()');
  await until(async () => {
    const [waiting] = await numbers(
      `select count(*) from ${jobs} and last_run_status is distinct from 'Success'`,
    );
    if (waiting === 0) return true;
    // One that found no worker left is tried again after minutes.
    await pool.query(
      `select alter_job(job_id, next_start => now()) from ${jobs} and last_run_status = 'Failed' and next_start > now()`,
    );
    return undefined;
  });
});

/** All of ours with their last run; those before 1000 are TimescaleDB's own. */
const jobs = `(select job_id, proc_name, last_run_status, stats.next_start from timescaledb_information.jobs left join
  timescaledb_information.job_stats as stats using (job_id)) as job where proc_name ~ '^policy_' and job_id >= 1000`;

async function numbers(text: string): Promise<readonly number[]> {
  const { rows } = await pool.query({ text, rowMode: 'array' });
  return rows.flat().map(Number);
}

/** Has the jobs of this kind run as soon as the scheduler can. */
async function hurry(kind: 'refresh_continuous_aggregate' | 'compression' | 'retention'): Promise<void> {
  await pool.query(
    'select alter_job(job_id, next_start => now()) from timescaledb_information.jobs where proc_name = $1',
    [`policy_${kind}`],
  );
}

/** How many samples each rollup has stored of a thing, whatever a query would reckon besides. */
async function stored(id: string): Promise<readonly number[]> {
  const { rows } = await pool.query(
    `select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) as name
     from timescaledb_information.continuous_aggregates where view_name ~ '^container_.*_1$'
     order by array_position(array['5m', '1h', '3h'], substring(view_name from '_(5m|1h|3h)_1$'))`,
  );
  const sums = rows.map(
    ({ name }) => `(select coalesce(sum(samples), 0) from ${name} where container_id = '${id}')`,
  );
  return numbers(`select ${sums.join(', ')}`);
}

/** Jobs that said why they failed, but for those that only met another. */
const failed = (): Promise<readonly number[]> =>
  numbers(
    `select job_id from timescaledb_information.job_errors where sqlerrcode <> '55P03' and job_id >= 1000`,
  );

async function expectExact(rows: readonly Row[]): Promise<void> {
  const exact = storedOf(tableOf(container), rows);
  for (const resolution of resolutions) {
    const rollup = rollupOf(container, resolution);
    expectSameRollup(await readRollup(pool, rollup, 'main'), rollupByForce(container, resolution, exact));
  }
}

/** A round of the loop, with nothing to complain of. */
async function round(): Promise<void> {
  await using watched = maintain(postgres, url);
  await until(async () => ((await watched.maintenance.runRound(never)) === 'leader' ? true : undefined));
  const said = watched.logger.lines.filter((line) => line.startsWith('warn'));
  expect(said.filter((line) => !line.includes('failed and say no reason'))).toEqual([]);
}

describe('the jobs of TimescaleDB', () => {
  it('refresh the rollups by themselves', async () => {
    await store(pool, [agedRow('a', 30 * hourMs), agedRow('a', 29 * hourMs)]);
    await until(async () => {
      await hurry('refresh_continuous_aggregate');
      return (await stored('a')).every((samples) => samples === 2) ? true : undefined;
    });
    expect(await failed()).toEqual([]);
  });

  it('and rounds, and those who store, come to the same rollups as brute force', async () => {
    const rows: Row[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      const batches = [0, 1, 2].map((writer) =>
        Array.from({ length: 20 }, (_, n) => {
          // Some just now, some late by minutes, hours and days.
          const age = [20 * 1000, 7 * minuteMs, 50 * minuteMs, 5 * hourMs, 70 * hourMs][(n + turn) % 5] ?? 0;
          return agedRow(`c${writer}`, age + (turn * 23 + n) * 997);
        }),
      );
      rows.push(...batches.flat());
      await Promise.all([
        ...batches.map((batch) => store(pool, batch)),
        round(),
        hurry('refresh_continuous_aggregate'),
      ]);
    }
    await round();
    // What came a few minutes late, a job puts in.
    await hurry('refresh_continuous_aggregate');
    await vi.waitFor(() => expectExact(rows), { timeout: 60_000, interval: 500 });
    expect(await failed()).toEqual([]);
  });

  it('drop nothing that a rollup is still to be made of, and all of it afterwards', async () => {
    await round();
    const old = [8.5, 8.3, 8.1].map((days) => agedRow('old', days * dayMs));
    // Neither they nor the rollup know of each other: a rollup that is behind, as after a long absence.
    await pool.query(
      `update telemetry.rollup_state set filled = now() - interval '9 days' where relation = 'container'`,
    );
    await Promise.all([store(pool, old), hurry('retention')]);
    await round();
    await until(async () => {
      await hurry('retention');
      const [left] = await numbers(`select count(*) from telemetry.container where container_id = 'old'`);
      return left === 0 ? true : undefined;
    });
    // None, where the job was quicker than the round.
    expect(new Set(await stored('old')).size).toBe(1);
    const jobs = await withClient(pool, never, readJobs);
    expect(jobs.has('drop telemetry.container')).toBe(true);
  });

  it('compress, and late rows still go where they belong', async () => {
    const rows = [4.9, 4.8, 4.7].map((days) => agedRow('packed', days * dayMs));
    await store(pool, rows);
    await pool.query(
      `select alter_job(job_id, config => jsonb_set(config, '{compress_after}', '"1 day"'), next_start => now())
       from timescaledb_information.jobs where proc_name = 'policy_compression' and hypertable_name = 'container'`,
    );
    await until(async () => {
      const [packed] = await numbers(
        `select count(*) from timescaledb_information.chunks where hypertable_name = 'container' and is_compressed`,
      );
      return Number(packed) > 0 ? true : undefined;
    });
    const late = [4.85, 4.75].map((days) => agedRow('packed', days * dayMs));
    await store(pool, [...late, ...rows]);
    await round();
    await expectExact([...rows, ...late]);
    const plan = await withClient(pool, never, (client) => planPolicies(client, { catalog }));
    expect(plan.changes).toEqual([]);
  });

  it('stay as they are when two processes begin to maintain at once', async () => {
    await using one = maintain(postgres, url);
    await using other = maintain(postgres, url, { ...systemClock });
    const roles = await Promise.all([one.maintenance.runRound(never), other.maintenance.runRound(never)]);
    expect(roles.toSorted()).toEqual(['follower', 'leader']);
    expect(await failed()).toEqual([]);
  });
});
