import { readFile } from 'node:fs/promises';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import type { SeriesHistogram } from '../../../src/db/generic/series-point.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { minute, numberPoint, sampleSeries } from '../../support/sample-series.ts';

const document = await readFile(new URL('../../../docs/GENERIC.md', import.meta.url), 'utf8');
const queries = [...document.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, query = '']) => query);

function durations(figures: Pick<SeriesHistogram, 'time' | 'count' | 'sum' | 'counts'>): SeriesHistogram {
  const metric = { name: 'http.server.request.duration', kind: 'histogram', monotonic: undefined } as const;
  const series = sampleSeries({ 'http.route': '/' }, metric);
  return {
    kind: 'histogram',
    series,
    start: undefined,
    min: undefined,
    max: undefined,
    bounds: [0.5, 1],
    ...figures,
  };
}

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
  const now = Date.now() * 1000;
  const requests = { name: 'http.server.requests', resource: '{"service.name":"web"}' };
  const ofRoute = sampleSeries({ 'http.route': '/', 'http.request.method': 'GET' }, requests);
  const points = [
    numberPoint(
      sampleSeries({ state: 'used', 'host.name': 'a' }, { name: 'system.memory.usage', kind: 'gauge' }),
      {
        time: now - minute,
        value: 4096,
      },
    ),
    numberPoint(ofRoute, { time: now - 2 * minute, value: 10 }),
    numberPoint(ofRoute, { time: now - minute, value: 70 }),
    durations({ time: now - 2 * minute, count: 4, sum: 1, counts: [3, 0, 1] }),
    durations({ time: now - minute, count: 8, sum: 3, counts: [5, 1, 2] }),
  ];
  await createPointStore(pool).store(points, AbortSignal.timeout(60_000));
});
afterAll(() => postgres.stop());

describe('the queries of docs/GENERIC.md', () => {
  it('answer as they say', async () => {
    const answers = [];
    for (const query of queries) answers.push((await pool.query(query)).rows);
    expect(answers).toEqual([
      [{ time: expect.any(Date), value: 4096, host: 'a' }],
      [{ route: '/', requests: '60' }],
      [{ service: 'web', requests_a_second: 1 }],
      [{ route: '/', mean_seconds: 0.5 }],
      [{ route: '/', share: expect.stringMatching(/^0\.50*$/) }],
    ]);
  });

  it('name views and functions that are there', async () => {
    const { rows } = await pool.query(
      "select distinct proname as name from pg_proc where pronamespace = 'telemetry'::regnamespace",
    );
    const functions = new Set(rows.map(({ name }) => name));
    for (const [, name] of document.matchAll(/`telemetry\.(\w+)\(/g)) expect(functions).toContain(name);
    for (const [, name] of document.matchAll(/^\| `(\w+)`/gm))
      await expect(pool.query(`select from telemetry.${name} limit 1`)).resolves.toBeDefined();
  });
});
