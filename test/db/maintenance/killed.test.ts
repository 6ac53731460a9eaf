import fc from 'fast-check';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { agedRow, maintain, never, smallCatalog, store, type Watched } from './support.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres(smallCatalog);
});
afterAll(() => postgres.stop());

/** A time that stands still, so that every run has the same to do. */
const now = systemClock.now();
const clock = { ...systemClock, now: () => now };
const earlier = { ...systemClock, now: () => now - 50 * minuteMs };

/** Breaks the connection at its n-th statement: before it is sent, or when it is done and nobody hears of it. */
function breaking(pool: Pool, at: number, when: 'before' | 'after'): { readonly statements: number } {
  const seen = { statements: 0 };
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    Reflect.set(client, 'query', async (...given: unknown[]) => {
      seen.statements += 1;
      const isLast = seen.statements === at;
      if (isLast && when === 'before') client.connection.stream.destroy();
      const result = await Reflect.apply(query, client, given);
      if (isLast) client.connection.stream.destroy();
      return result;
    });
  });
  return seen;
}

/** What there is to do: old rows, rows of the default partition, late rows, and rollups that are behind. */
async function prepare(): Promise<string> {
  const url = await postgres.freshUrl('migrated');
  const pool = postgres.pool(url, { size: 1 });
  const ages = [...Array.from({ length: 30 }, (_, i) => i * 97 * minuteMs), 30 * minuteMs, 20 * minuteMs];
  await store(
    pool,
    ages.map((age) => fixedRow('a', age)),
  );
  await using first = maintain(postgres, url, earlier);
  await first.maintenance.runRound(never);
  await store(
    pool,
    [1, 2, 30, 31].map((hours) => fixedRow('b', hours * hourMs)),
  );
  await store(
    pool,
    [-30 * dayMs, 6 * dayMs, 6.5 * dayMs, 10 * dayMs, 12 * dayMs].map((age) => fixedRow('c', age)),
  );
  return url;
}

function fixedRow(id: string, age: number) {
  const time = (now - age) * 1000;
  return {
    ...agedRow(id, age),
    time,
    start: time - 60_000_000,
    values: { pids: age % 89, cpuTimeUser: (age % 1e9) / 1e6 },
  };
}

async function stateOf(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const state: Record<string, unknown> = {};
  const tables = [
    'container',
    'rollup_state',
    'late_bucket',
    'policy',
    'container_5m',
    'container_1h',
    'container_3h',
  ];
  for (const table of tables) {
    const { rows } = await client.query(
      `select to_jsonb(t)::text as row from ${/_/.test(table) && table.startsWith('c') ? 'telemetry_data' : 'telemetry'}.${table} as t order by 1`,
    );
    state[table] = rows.map(({ row }) => row);
  }
  const { rows } = await client.query(
    `select relname::text as name from pg_class where relnamespace = 'telemetry_data'::regnamespace order by 1`,
  );
  await client.end();
  return { ...state, names: rows.map(({ name }) => name) };
}

/** A whole round; a backend that was just cut off may hold the lock for a moment longer. */
async function whole({ maintenance }: Watched): Promise<void> {
  let role = await maintenance.runRound(never);
  while (role !== 'leader') role = await maintenance.runRound(never);
}

describe('maintenance that is killed at any statement', () => {
  it('comes to the same end when it is run again', async () => {
    const calm = await prepare();
    await using reference = maintain(postgres, calm, clock);
    const counted = breaking(reference.pool, 0, 'before');
    await whole(reference);
    const { statements } = counted;
    await whole(reference);
    const wanted = await stateOf(calm);
    expect(reference.maintenance.figures()).toMatchObject({
      failures: 0,
      lateBuckets: 8,
      abandonedBuckets: 0,
    });
    expect(statements).toBeGreaterThan(50);

    const kill = fc.record({
      at: fc.integer({ min: 1, max: statements }),
      when: fc.constantFrom('before' as const, 'after' as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(kill, { minLength: 1, maxLength: 4 }), async (kills) => {
        const url = await prepare();
        for (const { at, when } of kills) {
          await using fragile = maintain(postgres, url, clock);
          breaking(fragile.pool, at, when);
          await fragile.maintenance.runRound(never).catch(() => undefined);
        }
        await using last = maintain(postgres, url, clock);
        await whole(last);
        // What one round stored in a default partition, the next one moves to where it belongs.
        await whole(last);
        expect(await stateOf(url)).toEqual(wanted);
      }),
      { numRuns: 8 },
    );
  }, 480_000);
});
