import { afterAll, beforeAll, expect, it } from 'vitest';
import { container } from '../../../src/collectors/docker/metrics.ts';
import { createHistoryStore } from '../../../src/db/history/history.ts';
import type { Row } from '../../../src/metric/row.ts';
import { keepEverything } from '../../support/history-fixture.ts';
import { containerRow } from '../../support/sample-row.ts';
import { catalog, type Database, never, openPostgres, round, store } from '../conformance/databases.ts';
import { expectSameHistory } from '../conformance/expect-history.ts';
import { historyByForce } from '../conformance/history-oracle.ts';

const hour = 3600e6;
const day = 24 * hour;
const to = Math.floor(Date.now() / 86_400e3) * day;
const from = to - 20 * day;

/** Every 50 minutes; it is restarted now and then, without anybody knowing when it began. */
const rows: readonly Row[] = Array.from({ length: 570 }, (_, index) =>
  containerRow('a', {
    time: from + 17e6 + index * 3000e6,
    values: {
      networkReceive: 10 + (index % 83) * 1000,
      cpuTimeUser: (index % 83) * 0.5,
      memoryUsage: index * 7,
    },
    states: { state: ['running', 'paused', 'exited'][Math.floor(index / 7) % 3] ?? 'running' },
  }),
);

let database: Database;
beforeAll(async () => {
  database = await openPostgres();
  await keepEverything(database.pool);
  await store(database.pool, rows);
  await round(database.pool);
});
afterAll(() => database.stop());

it.each(['networkReceive', 'cpuTimeUser', 'memoryUsage', 'state'])(
  'steps of very many buckets say what the rows say: %s',
  async (metric) => {
    for (const [days, hours] of [
      [1, 0],
      [3, 5],
      [10, 0],
      [12, 11],
    ] as const) {
      const range = { from: from + hours * hour, to, stepSeconds: days * 86_400 };
      const query = { entity: 'container', metric, ...range, where: {}, maxSeries: 5 };
      const found = await createHistoryStore(database.pool, catalog).history(query, never);
      expect(found).toMatchObject({ resolution: '3h', ...range });
      const question = { from: range.from, to, stepMicros: days * day };
      expectSameHistory(found, historyByForce(container, metric, rows, question));
    }
  },
);
