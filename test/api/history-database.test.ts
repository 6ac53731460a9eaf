import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { historySchema } from '../../src/api/schemas.ts';
import { catalog } from '../../src/catalog/catalog.ts';
import { createHistoryStore } from '../../src/db/history/history.ts';
import { createRowStore } from '../../src/db/rows/row-store.ts';
import type { Row } from '../../src/metric/row.ts';
import { microsFromIso } from '../../src/metric/time.ts';
import { keepEverything } from '../support/history-fixture.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { bodyOf, problemOf, testApi } from './support/api.ts';

const at = (text: string): number => microsFromIso(text) ?? Number.NaN;

const identity = { 'ciris.server.id': 'alpha', 'container.id': 'web' };
const started = at('2026-03-01T11:00:00Z');
const restarted = at('2026-03-01T11:30:05Z');

function row(time: string, start: number, figures: Pick<Row, 'values' | 'states'>): Row {
  return { entity: 'container', time: at(time), start, identity, info: {}, ...figures };
}

const rows: readonly Row[] = [
  row('2026-03-01T11:30:00Z', started, {
    values: { pids: 2, cpuTimeUser: 50 },
    states: { state: 'running' },
  }),
  row('2026-03-01T11:30:10Z', restarted, {
    values: { pids: 4, cpuTimeUser: 3 },
    states: { state: 'running' },
  }),
  row('2026-03-01T11:30:20Z', restarted, {
    values: { pids: 9, cpuTimeUser: 4.5 },
    states: { state: 'exited' },
  }),
  {
    ...row('2026-03-01T11:30:20Z', started, { values: { pids: 1 }, states: {} }),
    identity: { 'ciris.server.id': 'alpha', 'container.id': 'job' },
  },
];

const range = 'from=2026-03-01T11:30:00Z&to=2026-03-01T11:31:00Z&step=20s';

describe('history from a real database', () => {
  let postgres: TestPostgres;
  let pool: Pool;

  beforeAll(async () => {
    postgres = await startPostgres();
    pool = postgres.pool(postgres.url);
    await keepEverything(pool);
    const stored = await createRowStore(pool, { catalog }).store(rows, AbortSignal.timeout(60_000));
    expect(stored).toMatchObject({ kind: 'stored', inserted: rows.length });
  }, 180_000);

  afterAll(() => postgres.stop(), 30_000);

  const ask = async (parameters: string) => {
    const { app } = testApi({ history: createHistoryStore(pool, catalog) });
    return app.inject(`/telemetry/history?entity=container&${range}&${parameters}`);
  };

  test('a gauge is averaged over each step', async () => {
    const body = bodyOf(await ask('metric=pids&container.id=web'), historySchema);
    expect(body.series).toEqual([
      {
        identity,
        points: [
          { time: '2026-03-01T11:30:00.000000Z', value: 3, min: 2, max: 4, samples: 2 },
          { time: '2026-03-01T11:30:20.000000Z', value: 9, min: 9, max: 9, samples: 1 },
        ],
      },
    ]);
  });

  test('a counter is shown as its increase, through a restart', async () => {
    const body = bodyOf(await ask('metric=container.cpu.time&cpu.mode=user'), historySchema);
    expect(body).toMatchObject({ aggregation: 'increase', metric: { key: 'cpuTimeUser', unit: 's' } });
    expect(body.series[0]?.points).toMatchObject([
      { time: '2026-03-01T11:30:00.000000Z', value: 3, samples: 2 },
      { time: '2026-03-01T11:30:20.000000Z', value: 1.5, samples: 1 },
    ]);
  });

  test('states are shown as the last of each step', async () => {
    const body = bodyOf(await ask('metric=state'), historySchema);
    expect(body.series[0]?.points).toMatchObject([
      { state: 'running', states: { running: 20 }, unknownSeconds: 0 },
      { state: 'exited', states: { exited: 20 }, unknownSeconds: 0 },
    ]);
  });

  test('every thing has a series of its own', async () => {
    const body = bodyOf(await ask('metric=pids'), historySchema);
    expect(body.series.map((series) => series.identity['container.id'])).toEqual(['job', 'web']);
  });

  test('a database that does not answer is 503', async () => {
    const gone = postgres.pool('postgresql://nobody@127.0.0.1:1/none');
    const { app } = testApi({ history: createHistoryStore(gone, catalog) });
    const answer = await app.inject('/telemetry/history?entity=container&metric=pids');
    expect(problemOf(answer)).toMatchObject({ status: 503, code: 'unavailable' });
  });
});
