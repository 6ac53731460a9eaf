import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalog, storedEntities } from '../../../src/catalog/catalog.ts';
import { readLayoutFaults } from '../../../src/db/layout/apply-layout.ts';
import { readMigrations } from '../../../src/db/migrate/files.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { start } from '../../cli/support/command.ts';
import { type FirstVersion, makeFirstVersion, readFirstVersion } from '../../support/first-version.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
let url: string;
let first: FirstVersion;
beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(async () => {
  url = await postgres.freshUrl('empty');
  first = await makeFirstVersion(url);
});
afterAll(() => postgres.stop());

const upgrade = () => migrate(url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(60_000) });

/** That the database is as the newest version makes it, with every row of the first. */
async function expectUpgraded(): Promise<void> {
  expect(await readFirstVersion(url, first)).toEqual(first.rows);
  expect(await upgrade()).toEqual([]);
  const client = new Client({ connectionString: url });
  await client.connect();
  expect(await readLayoutFaults(client, catalog)).toEqual([]);
  const left = await client.query(
    "select relname from pg_class where relnamespace = 'telemetry_data'::regnamespace and relname like '\\_%'",
  );
  expect(left.rows).toEqual([]);
  for (const name of ['container', 'fleet']) {
    const counted = await client.query(
      `select (select count(*) from telemetry.${name})::int as raw, (select sum(samples) from telemetry.${name}_5m)::int as five, (select sum(samples) from telemetry.${name}_1h)::int as hour, (select sum(samples) from telemetry.${name}_3h)::int as three`,
    );
    expect(counted.rows).toEqual([{ raw: 244, five: 244, hour: 244, three: 244 }]);
  }
  await client.end();
}

describe('a database that the first version filled', { timeout: 180_000 }, () => {
  it('has rows of everything', () => {
    expect(Object.keys(first.rows).length).toBeGreaterThanOrEqual(storedEntities(catalog).length);
    for (const rows of Object.values(first.rows)) expect(rows).toHaveLength(244);
  });

  it('is brought to the newest with every row as it was', async () => {
    expect(await upgrade()).toEqual((await readMigrations()).slice(1).map(({ name }) => name));
    await expectUpgraded();
  });

  it('by two processes at once', async () => {
    const applied = await Promise.all([upgrade(), upgrade()]);
    expect(applied.flat()).toEqual((await readMigrations()).slice(1).map(({ name }) => name));
    await expectUpgraded();
  });

  it('by processes that are killed in between, again and again', async () => {
    const command = () => start(['migrate', '--database-url', url], { env: { HOME: '/' } });
    const watcher = postgres.pool(url);
    const partitions = async (): Promise<number> => {
      const { rows } = await watcher.query(
        'select count(*)::int as count from pg_class where relispartition',
      );
      return rows[0].count;
    };
    for (const reached of [1, 40, 120]) {
      await using migrating = command();
      while ((await partitions()) < reached && migrating.child.exitCode === null)
        await watcher.query('select pg_sleep(0.002)');
      migrating.child.kill('SIGKILL');
      await migrating.ended;
      expect(await readFirstVersion(url, first)).toEqual(first.rows);
    }
    await upgrade();
    await expectUpgraded();
  });
});
