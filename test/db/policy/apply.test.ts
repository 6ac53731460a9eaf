import { Client, type Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyPolicies } from '../../../src/db/policy/apply.ts';
import { planPolicies } from '../../../src/db/policy/plan.ts';
import { relationsOf } from '../../../src/db/policy/relations.ts';
import { readPolicies } from '../../../src/db/policy/stored-policies.ts';
import { dayMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import {
  agedRow,
  smallCatalog as catalog,
  count,
  maintain,
  never,
  shown,
  store,
} from '../maintenance/support.ts';

let postgres: TestPostgres;
let url: string;
let pool: Pool;
let client: Client;
beforeAll(async () => {
  postgres = await startPostgres(catalog);
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.freshUrl('migrated');
  pool = postgres.pool(url, { size: 2 });
  client = new Client({ connectionString: url });
  await client.connect();
});
afterEach(() => client.end());

const keptRaw = async () => (await readPolicies(client, relationsOf(catalog))).get('container')?.keepRaw;
const short = { container: { raw: 3 * dayMs } };

describe('policies in force', () => {
  it('are the defaults after the migration', async () => {
    expect((await planPolicies(client, { catalog })).changes).toEqual([]);
    expect(await count(pool, 'telemetry.policy')).toBe(7);
  });

  it('stay where only what is missing is asked for', async () => {
    await client.query(`delete from telemetry.policy where relation = 'server'`);
    await applyPolicies(client, { catalog, retention: { default: { raw: 30 * dayMs } }, onlyMissing: true });
    expect(await keptRaw()).toBe(7 * dayMs);
    expect((await readPolicies(client, relationsOf(catalog))).get('server')?.keepRaw).toBe(30 * dayMs);
  });

  it('change all or none', async () => {
    const retention = { ...short, server: { raw: 2 * dayMs, late: 2 * dayMs } };
    await expect(applyPolicies(client, { catalog, retention })).rejects.toThrow(
      /^setting retention: .* of server/,
    );
    expect(await keptRaw()).toBe(7 * dayMs);
    await applyPolicies(client, { catalog, retention: short });
    expect(await keptRaw()).toBe(3 * dayMs);
  });

  it('can be changed by two at once', async () => {
    const other = new Client({ connectionString: url });
    await other.connect();
    await Promise.all([
      applyPolicies(client, { catalog, retention: short }),
      applyPolicies(other, { catalog, retention: { container: { raw: 4 * dayMs } } }),
    ]);
    await other.end();
    expect([3 * dayMs, 4 * dayMs]).toContain(await keptRaw());
  });

  it('B14: never let a rollup be reckoned of rows that are gone, not even when they are to be kept for longer again', async () => {
    await using watched = maintain(postgres, url);
    await store(pool, [agedRow('a', 4.5 * dayMs), agedRow('b', 4.5 * dayMs), agedRow('a', 0)]);
    await watched.maintenance.runRound(never);
    const before = [await shown(pool, 'container_5m'), await shown(pool, 'container_1h')];
    await applyPolicies(client, { catalog, retention: { container: { raw: 2 * dayMs } } });
    await watched.maintenance.runRound(never);
    expect(await count(pool, 'telemetry.container')).toBe(1);
    await applyPolicies(client, { catalog, retention: { container: { raw: 7 * dayMs, late: dayMs / 2 } } });
    await store(pool, [agedRow('a', 4.5 * dayMs + 1000)]);
    await watched.maintenance.runRound(never);
    expect(watched.maintenance.figures()).toMatchObject({ abandonedBuckets: 1, failures: 0 });
    expect([await shown(pool, 'container_5m'), await shown(pool, 'container_1h')]).toEqual(before);
    const longer = { container: { raw: 7 * dayMs, late: 4 * dayMs } };
    await expect(applyPolicies(client, { catalog, retention: longer })).rejects.toThrow(
      /^setting retention: late of container: 4d cannot be accepted yet, for rows before \d{4}-\d\d-\d\d are gone/,
    );
  });

  it('are not followed where somebody wrote one that would lose data', async () => {
    await store(pool, [agedRow('a', 3 * dayMs)]);
    await client.query(`update telemetry.policy set keep_raw = '1 day' where relation = 'container'`);
    await using watched = maintain(postgres, url);
    await watched.maintenance.runRound(never);
    expect(await count(pool, 'telemetry.container')).toBe(1);
    expect(watched.logger.lines).toContainEqual(
      expect.stringMatching(
        /^warn .*the policy in force is not followed: raw of container: the rollup of 5m is refreshed 6d back/,
      ),
    );
  });
});
