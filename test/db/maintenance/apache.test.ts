import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyLayout } from '../../../src/db/layout/apply-layout.ts';
import { type DatabaseFeatures, readFeatures } from '../../../src/db/layout/features.ts';
import { maintain } from '../../../src/db/maintenance/round.ts';
import { readMigrations } from '../../../src/db/migrate/files.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, hourMs } from '../../../src/runtime/duration.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';
import { smallCatalog as catalog } from './support.ts';

let timescale: TestTimescale;
let client: Client;

/** A database with all migrations, laid out as one under the Apache license. */
async function open(): Promise<void> {
  timescale = await startTimescale();
  client = new Client({ connectionString: timescale.url });
  await client.connect();
  for (const { statements } of await readMigrations())
    for (const text of statements) await client.query(text);
  const features = asApache(await readFeatures(client));
  await applyLayout(client, { catalog, logger: silentLogger, now: new Date(), features });
}

async function close(): Promise<void> {
  await client.end();
  await timescale.stop();
}

/** That of npm has no other license, but what is done under it works under this one too. */
function asApache({ timescale: found }: DatabaseFeatures): DatabaseFeatures {
  if (found === undefined) throw new Error('no TimescaleDB');
  return { timescale: { ...found, license: 'apache' } };
}

async function numbers(text: string): Promise<readonly number[]> {
  const { rows } = await client.query({ text, rowMode: 'array' });
  return rows.flat().map(Number);
}

describe('a round on TimescaleDB under the Apache license', () => {
  beforeAll(open, 300_000);
  afterAll(close);

  it('fills the rollups itself, and drops whole chunks of what is old and rolled up', async () => {
    await client.query(
      `insert into telemetry.container (server_id, container_id, time, pids)
       select 'main', 'a', now() - age * interval '1 day', 1 from unnest(array[0.2, 6.9, 8.2, 9, 40]) as age`,
    );
    const report = await maintain(client, { catalog, clock: systemClock });
    expect(report).toMatchObject({ failures: [], abandonedBuckets: 0 });
    expect(report.dropped.length).toBeGreaterThanOrEqual(3);
    const days = await numbers(
      `select extract(day from now() - time) from telemetry.container order by time desc`,
    );
    expect(days.slice(0, 2)).toEqual([0, 6]);
    expect(days).not.toContain(9);
    // A week of buckets goes together, and four weeks of hours.
    expect((await numbers('select count(*) from telemetry_data.container_5m'))[0]).toBeGreaterThanOrEqual(3);
    expect((await numbers('select count(*) from telemetry_data.container_1h'))[0]).toBe(5);
    expect((await numbers('select count(*) from telemetry_data.container_3h'))[0]).toBeGreaterThanOrEqual(4);
    const [gone] = await numbers(
      `select extract(epoch from gone_before) * 1000 from telemetry.policy where relation = 'container'`,
    );
    expect(gone).toBeGreaterThan(systemClock.now() - 9 * dayMs);
    expect(gone).toBeLessThanOrEqual(systemClock.now() - 7 * dayMs);
  });

  it('has no jobs to plan', async () => {
    expect(await planPolicies(client, { catalog })).toEqual({ changes: [], remarks: [] });
    expect(await numbers('select count(*) from timescaledb_information.jobs where job_id >= 1000')).toEqual([
      0,
    ]);
    const again = await maintain(client, {
      catalog,
      clock: { ...systemClock, now: () => Date.now() + hourMs / 2 },
    });
    expect(again.failures).toEqual([]);
  });
});
