import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { catalog } from '../../../src/catalog/catalog.ts';
import { container, server } from '../../../src/collectors/docker/metrics.ts';
import { maintain } from '../../../src/db/maintenance/round.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { toRow } from '../../../src/metric/row.ts';
import { microsFromMs } from '../../../src/metric/time.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';
import { expandSql, readBoard, type View } from '../../support/grafana.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { web } from '../../support/sample-fleet.ts';

const board = readBoard('containers-postgresql.json');
const series = board.panels.flatMap(({ title, targets }) =>
  targets
    .filter(({ format }) => format === 'time_series')
    .map(({ refId, rawSql }) => ({ name: `${title} ${refId}`, sql: rawSql ?? '' })),
);
const watched: { readonly entities: readonly (typeof container | typeof server)[] } = {
  entities: [container, server],
};

/** Four hours of one container that is started anew half a minute before its tenth minute; it began an hour and a day ago. */
const begin = Math.floor(systemClock.now() / hourMs) * hourMs - dayMs - hourMs;
const minutes = 240;

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url, { statementTimeoutMs: 60_000 });
  const rows = Array.from({ length: minutes }, (_, minute) => {
    const began = microsFromMs(begin + (minute < 10 ? -60 : 9.5) * minuteMs);
    return toRow(container, { ...web(minute), startedAt: began }, microsFromMs(begin + minute * minuteMs));
  });
  const stored = await createRowStore(pool, { catalog }).store(rows, AbortSignal.timeout(60_000));
  expect(stored).toMatchObject({ kind: 'stored', refused: [] });
  const client = await pool.connect();
  expect(await maintain(client, { catalog: watched, clock: systemClock })).toMatchObject({ failures: [] });
  client.release();
}, 180_000);
afterAll(() => postgres.stop());

const month: View = {
  from: new Date(begin - 29 * dayMs),
  to: new Date(begin + dayMs),
  intervalSeconds: 7200,
};

function sqlOf(name: string): string {
  const found = series.find((target) => target.name === name);
  if (found === undefined) throw new Error(`no panel ${name}`);
  return found.sql;
}

async function valuesOf(name: string, view: Partial<View>): Promise<readonly (readonly [number, number])[]> {
  const { rows } = await pool.query(expandSql(sqlOf(name), { ...month, ...view }));
  return rows
    .filter(({ metric }) => String(metric).startsWith('a / web'))
    .map(({ time, value }) => [(Number(time) * 1000 - begin) / minuteMs, Number(value)]);
}

interface PlanNode {
  readonly 'Relation Name'?: string | undefined;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly PlanNode[] | undefined;
}
const planNode: z.ZodType<PlanNode> = z.object({
  'Relation Name': z.string().optional(),
  'Actual Loops': z.number(),
  get Plans() {
    return z.array(planNode).optional();
  },
});

/** The relations that the plan of a query reads. */
async function readBy(sql: string): Promise<readonly string[]> {
  const { rows } = await pool.query(`explain (analyze, format json) ${sql}`);
  const plans = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: planNode })) })).parse(rows);
  const read: string[] = [];
  const visit = (node: PlanNode): void => {
    if (node['Relation Name'] !== undefined && node['Actual Loops'] > 0) read.push(node['Relation Name']);
    node.Plans?.forEach(visit);
  };
  for (const { 'QUERY PLAN': documents } of plans) for (const { Plan } of documents) visit(Plan);
  return read;
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');

describe('B108: a panel over 30 days', () => {
  const ofContainers = series.filter(({ sql }) => /from telemetry\.(container|server)\b/.test(sql));

  it.each(ofContainers)('$name reads rollups, and of rows only what is not yet in them', async ({ sql }) => {
    const read = await readBy(expandSql(sql, { ...month, to: new Date() }));
    expect(read.some((name) => /_1h_p\d+$/.test(name))).toBe(true);
    const rows = read.filter((name) => /^(container|server)(_p\d+|_default)$/.test(name));
    const notYetStored = dayOf(systemClock.now() - 3 * hourMs);
    const old = rows.filter((name) => name.endsWith('_default') === false && name.slice(-8) < notYetStored);
    expect(old).toEqual([]);
  });

  it('reads rows as they came for steps shorter than a bucket', async () => {
    const read = await readBy(expandSql(sqlOf('Memory A'), { ...month, intervalSeconds: 60 }));
    expect(read.some((name) => name === `container_p${dayOf(begin)}`)).toBe(true);
    expect(read.filter((name) => /_(5m|1h)/.test(name))).toEqual([]);
  });
});

describe('a panel that reads rollups', () => {
  it.each([
    ['5 minutes', 300, minutes / 5],
    ['an hour', 3600, minutes / 60],
    ['two hours', 7200, undefined],
  ])('of %s shows what rows would show', async (_width, intervalSeconds, steps) => {
    for (const name of ['Memory A', 'Memory of the limit A', 'Processes and threads A']) {
      const values = await valuesOf(name, { intervalSeconds });
      if (steps !== undefined) expect(values, name).toHaveLength(steps);
      expect(new Set(values.map(([, value]) => value)).size, name).toBe(1);
    }
    const [[, share] = []] = await valuesOf('Memory of the limit A', { intervalSeconds });
    expect(share).toBeCloseTo(0.75, 9);
  });

  it('shows rates through a start anew', async () => {
    for (const [, value] of await valuesOf('Processor A', { intervalSeconds: 300 })) {
      expect(value).toBeCloseTo(0.5, 6);
    }
    const [first, ...others] = await valuesOf('Processor A', { intervalSeconds: 3600 });
    for (const [, value] of others) expect(value).toBeCloseTo(0.5, 6);
    // From the start an hour before, and within a bucket the half minute without the container is part of the time.
    expect(first?.[1]).toBeCloseTo((0.5 * 118.5) / 119, 6);
  });

  it('offers the hosts and containers of a long time range', async () => {
    const offered = board.templating.list.map(({ query }) => pool.query(expandSql(query, month)));
    const names = (await Promise.all(offered)).map(({ rows }) => rows.flatMap((row) => Object.values(row)));
    expect(names).toEqual([[], ['datum'], ['web']]);
  });
});
