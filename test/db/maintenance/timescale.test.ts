import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyLayout } from '../../../src/db/layout/apply-layout.ts';
import { maintain } from '../../../src/db/maintenance/round.ts';
import { readMigrations } from '../../../src/db/migrate/files.ts';
import { showPolicies } from '../../../src/db/policy/show.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs } from '../../../src/runtime/duration.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';
import { smallCatalog as catalog } from './support.ts';

let timescale: TestTimescale;
let client: Client;

/** A database with all migrations, laid out as one without TimescaleDB. */
async function open(): Promise<void> {
  timescale = await startTimescale();
  client = new Client({ connectionString: timescale.url });
  await client.connect();
  for (const { statements } of await readMigrations())
    for (const text of statements) await client.query(text);
  await applyLayout(client, { catalog, logger: silentLogger, now: new Date(), features: {} });
}

async function close(): Promise<void> {
  await client.end();
  await timescale.stop();
}

async function numbers(text: string): Promise<readonly number[]> {
  const { rows } = await client.query({ text, rowMode: 'array' });
  return rows.flat().map(Number);
}

describe('a database that was partitioned before it got TimescaleDB', () => {
  beforeAll(open, 300_000);
  afterAll(close);

  it('is maintained as it lies, and says so', async () => {
    await client.query(
      `insert into telemetry.container (server_id, container_id, time)
       select 'main', 'a', now() - age * interval '1 day' from unnest(array[0.2, 9]) as age`,
    );
    expect(await maintain(client, { catalog, clock: systemClock })).toMatchObject({ failures: [] });
    expect((await numbers('select count(*) from telemetry.container'))[0]).toBe(1);
    expect((await numbers('select count(*) from telemetry.container_5m'))[0]).toBe(2);
    const { lines, remarks } = await showPolicies(client, catalog);
    expect(lines.map(({ keptBy }) => keptBy)).not.toContain('jobs of TimescaleDB');
    expect(lines.find(({ name }) => name === 'container')).toMatchObject({
      keep: 7 * dayMs,
      compressAfter: undefined,
    });
    expect(remarks).toEqual([
      expect.stringMatching(
        /^the database has TimescaleDB 2\..*, but its tables were partitioned before that, and stay so$/,
      ),
    ]);
  });
});
