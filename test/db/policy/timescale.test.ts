import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maintain } from '../../../src/db/maintenance/round.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { applyPolicies } from '../../../src/db/policy/apply.ts';
import { readJobs } from '../../../src/db/policy/jobs.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { showPolicies } from '../../../src/db/policy/show.ts';
import { noteLateRows } from '../../../src/db/rows/late-rows.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';
import { smallCatalog as catalog, never } from '../maintenance/support.ts';

let timescale: TestTimescale;
let client: Client;
beforeAll(async () => {
  timescale = await startTimescale();
  await migrate(timescale.url, { catalog, logger: silentLogger, signal: never });
  client = new Client({ connectionString: timescale.url });
  await client.connect();
}, 300_000);
afterAll(async () => {
  await client.end();
  await timescale.stop();
});

const round = () => maintain(client, { catalog, clock: systemClock });

/** Stores rows of these ages as the row store does, telling which of them come late. */
async function insert(id: string, ...ages: readonly number[]): Promise<void> {
  const times = ages.map((age) => Math.floor((systemClock.now() - age) / 1000) * 1e6);
  await client.query('begin');
  await client.query(
    `insert into telemetry.container (server_id, container_id, time, start_time, pids)
     select 'main', $1, to_timestamp(time), to_timestamp(0), row_number() over (order by time)
     from unnest($2::float8[]) as time on conflict do nothing`,
    [id, times.map((time) => time / 1e6)],
  );
  await noteLateRows(client, [{ relation: 'container', times }]);
  await client.query('commit');
}

async function one(text: string): Promise<unknown> {
  const { rows } = await client.query({ text, rowMode: 'array' });
  return rows[0]?.[0];
}

/** Samples of a thing in what is stored of a rollup, without what a query reckons anew from rows. */
async function materialized(id: string, aggregate: string): Promise<number> {
  await client.query(
    `alter materialized view telemetry_data.${aggregate} set (timescaledb.materialized_only = true)`,
  );
  const sum = await one(
    `select coalesce(sum(samples), 0) from telemetry_data.${aggregate} where container_id = '${id}'`,
  );
  await client.query(
    `alter materialized view telemetry_data.${aggregate} set (timescaledb.materialized_only = false)`,
  );
  // 2.13.0 adds nothing up to no row.
  return Number(sum ?? 0);
}

async function runJobs(kind: string): Promise<void> {
  const { rows } = await client.query(
    `select job_id from timescaledb_information.jobs where proc_name = $1 order by 1`,
    [`policy_${kind}`],
  );
  for (const { job_id } of rows) await client.query(`call run_job(${job_id})`);
}

describe('policies on TimescaleDB', () => {
  it('are in force after the first round, as its jobs', async () => {
    await client.query(`set search_path = ''`);
    await insert('first', 10 * dayMs, 8 * dayMs, 9 * hourMs, 0);
    expect((await round()).failures).toEqual([]);
    expect((await planPolicies(client, { catalog })).changes).toEqual([]);
    const jobs = await readJobs(client);
    const about = [...jobs.values()].filter(({ of }) => of.includes('container'));
    expect(about).toHaveLength(11);
    expect(jobs.get('refresh telemetry_data.container_5m_1')).toMatchObject({
      after: 5 * minuteMs,
      until: 6 * dayMs,
      every: 5 * minuteMs,
    });
    expect(jobs.get('refresh telemetry_data.container_1h_1')).toMatchObject({
      after: hourMs,
      until: 6 * dayMs,
    });
    expect(jobs.get('drop telemetry.container')).toMatchObject({ after: 7 * dayMs });
    expect(jobs.get('drop telemetry_data.container_1h_1')).toMatchObject({ after: 365 * dayMs });
    expect(jobs.get('compress telemetry.snapshot')).toMatchObject({ after: 6 * dayMs });
    // A day of a time zone may have 23 hours.
    const inDays = `select count(*)::int from timescaledb_information.jobs where config::text ~ 'day' and job_id >= 1000`;
    expect(await one(inDays)).toBe(0);
  });

  it('B14: rollups outlive the rows that they were made of, whatever is refreshed afterwards', async () => {
    await runJobs('retention');
    expect(await one(`select count(*)::int from telemetry.container where container_id = 'first'`)).toBe(2);
    await runJobs('refresh_continuous_aggregate');
    await insert('first', 13 * hourMs);
    await round();
    expect(await materialized('first', 'container_5m_1')).toBe(4);
    expect(await materialized('first', 'container_1h_1')).toBe(4);
    expect(await materialized('first', 'container_3h_1')).toBe(4);
  });

  it('B23: rows that come late are in the stored rollup after one round', async () => {
    await round();
    const ages = Array.from({ length: 12 }, (_, i) => 9 * hourMs + i * 5 * minuteMs);
    await insert('late', ...ages);
    expect(await materialized('late', 'container_5m_1')).toBe(0);
    expect((await round()).lateBuckets).toBeGreaterThanOrEqual(12);
    expect(await materialized('late', 'container_5m_1')).toBe(12);
    expect(await materialized('late', 'container_1h_1')).toBe(12);
    expect(await materialized('late', 'container_3h_1')).toBe(12);
    expect(await one('select count(*)::int from telemetry.late_bucket')).toBe(0);
  });

  it('B40: shows what came just now', async () => {
    await insert('now', 0);
    expect(await one(`select samples::int from telemetry.container_5m where container_id = 'now'`)).toBe(1);
    expect(await one(`select samples::int from telemetry.container_1h where container_id = 'now'`)).toBe(1);
    expect(await one(`select samples::int from telemetry.container_3h where container_id = 'now'`)).toBe(1);
  });

  it('B92: takes a repeated and a late row into a compressed chunk', async () => {
    await insert('packed', 6.5 * dayMs, 6.4 * dayMs);
    const chunks = await client.query(
      `select compress_chunk(chunk, if_not_compressed => true) from show_chunks('telemetry.container', older_than => interval '5 days') as chunk`,
    );
    expect(chunks.rowCount).toBeGreaterThan(0);
    await insert('packed', 6.5 * dayMs, 6.3 * dayMs);
    expect(
      Number(await one(`select count(*) from telemetry.container where container_id = 'packed'`)),
    ).toBeGreaterThanOrEqual(3);
  });

  it('change with the settings, and with them the jobs', async () => {
    const retention = { container: { raw: 14 * dayMs, '5m': 60 * dayMs } };
    const { changes } = await planPolicies(client, { catalog, retention });
    expect(changes).toEqual([
      { relation: 'container', what: 'raw', from: '7d', to: '14d' },
      { relation: 'container', what: '5m', from: '30d', to: '60d' },
      { relation: 'container', what: 'drop telemetry.container', from: 'after 7d', to: 'after 14d' },
      {
        relation: 'container',
        what: 'drop telemetry_data.container_5m_1',
        from: 'after 30d',
        to: 'after 60d',
      },
    ]);
    await applyPolicies(client, { catalog, retention });
    expect((await planPolicies(client, { catalog, retention })).changes).toEqual([]);
  });

  it('B14: a longer lateness waits until the rows are there that it would refresh', async () => {
    const retention = { container: { raw: 14 * dayMs, '5m': 60 * dayMs, late: 10 * dayMs } };
    await expect(applyPolicies(client, { catalog, retention })).rejects.toThrow(
      /^setting retention: late of container: 10d cannot be accepted yet, for rows before \d{4}-\d\d-\d\d are gone/,
    );
  });

  it('put a job back that somebody removed or changed', async () => {
    await client.query(`select remove_retention_policy('telemetry.server')`);
    await client.query(
      `select alter_job(job_id, schedule_interval => interval '1 day') from timescaledb_information.jobs where hypertable_name = 'server_5m_1' and proc_name = 'policy_refresh_continuous_aggregate'`,
    );
    expect((await round()).failures).toEqual([]);
    const jobs = await readJobs(client);
    expect(jobs.get('drop telemetry.server')).toMatchObject({ after: 7 * dayMs });
    expect(jobs.get('refresh telemetry_data.server_5m_1')).toMatchObject({ every: 5 * minuteMs });
  });

  it('B14: have no job that follows one which somebody wrote and which would lose data', async () => {
    await client.query(`update telemetry.policy set keep_raw = '1 day' where relation = 'server'`);
    expect((await round()).failures).toEqual([
      expect.stringMatching(/^the policy in force is not followed: raw of server/),
    ]);
    await applyPolicies(client, { catalog, onlyMissing: true });
    expect((await readJobs(client)).get('drop telemetry.server')).toMatchObject({ after: 7 * dayMs });
    await client.query(`update telemetry.policy set keep_raw = '7 days' where relation = 'server'`);
  });

  it('are shown with sizes and the oldest rows', async () => {
    const { lines } = await showPolicies(client, catalog);
    const line = lines.find(({ name }) => name === 'container_5m');
    expect(line).toMatchObject({ keep: 60 * dayMs, keptBy: 'jobs of TimescaleDB' });
    expect(line?.bytes).toBeGreaterThan(0);
    expect(line?.oldest).toBeLessThan(systemClock.now() - 9 * dayMs);
    expect(lines.find(({ name }) => name === 'container')).toMatchObject({
      keep: 14 * dayMs,
      late: 5 * dayMs,
    });
  });
});
