import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { container } from '../../../src/collectors/docker/metrics.ts';
import { createHistoryStore } from '../../../src/db/history/history.ts';
import type { Row } from '../../../src/metric/row.ts';
import { dayMs } from '../../../src/runtime/duration.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { containerRow } from '../../support/sample-row.ts';
import { expectSameHistory } from '../conformance/expect-history.ts';
import { historyByForce } from '../conformance/history-oracle.ts';
import { smallCatalog as catalog, count, maintain, never, store } from '../maintenance/support.ts';

const day = dayMs * 1000;
const today = Math.floor(Date.now() / dayMs) * day;
const states = ['running', 'paused', 'exited'];

/** Of two containers for 45 days, at times that fit no bucket; both begin anew now and then, and one is away for days. */
function rowsOf(id: string, everySeconds: number): readonly Row[] {
  const rows: Row[] = [];
  let start = today - 46 * day;
  for (let time = today - 45 * day; time < today; time += everySeconds * 1e6 + 1) {
    const index = rows.length;
    if (index % 61 === 60) start = time - 3e6 * (index % 7);
    if (id === 'b' && time > today - 12 * day && time < today - 5 * day) continue;
    const counted = Math.round((time - start) / 1e6);
    rows.push(
      containerRow(id, {
        time,
        start,
        values: { networkReceive: counted, cpuTimeUser: counted / 8, pids: (index * 37) % 101 },
        states: { state: states[index % 3] ?? '' },
      }),
    );
  }
  return rows;
}

const rows = [...rowsOf('a', 1511), ...rowsOf('b', 4001)];

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres(catalog);
  pool = postgres.pool(postgres.url);
  await store(pool, rows);
  await using watched = maintain(postgres, postgres.url);
  await watched.maintenance.runRound(never);
  expect(watched.maintenance.figures()).toMatchObject({ rounds: 1, failures: 0 });
}, 180_000);
afterAll(() => postgres.stop());

const question = fc.record({
  metric: fc.constantFrom('networkReceive', 'cpuTimeUser', 'pids', 'state'),
  from: fc.integer({ min: 0, max: 45 * 86_400 }),
  seconds: fc.oneof(fc.integer({ min: 1, max: 3 * 86_400 }), fc.integer({ min: 1, max: 45 * 86_400 })),
  step: fc.constantFrom(300, 420, 3600, 5400, 10_800, 86_400, 7 * 86_400),
});

it('what is dropped of rows and of 5 minutes changes no answer that the rest can give', async () => {
  expect(await count(pool, 'telemetry.container')).toBeLessThan(rows.length / 4);
  const seen = new Set<string>();
  const property = fc.asyncProperty(question, async ({ metric, from, seconds, step }) => {
    const begin = today - 45 * day + from * 1e6;
    const range = { from: begin, to: begin + seconds * 1e6, stepSeconds: step };
    const query = { entity: 'container', metric, ...range, where: {}, maxSeries: 2 };
    const found = await createHistoryStore(pool, catalog).history(query, never);
    seen.add(found.resolution);
    const asked = { from: found.from, to: found.to, stepMicros: found.stepSeconds * 1e6 };
    expect(asked.from).toBeLessThanOrEqual(range.from);
    expect(asked.to).toBeGreaterThanOrEqual(range.to);
    expectSameHistory(found, historyByForce(container, metric, rows, asked));
  });
  await fc.assert(property, { numRuns: 100 });
  expect(seen.size).toBeGreaterThan(2);
});
