import { parse } from 'libpg-query';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { expandSql, readBoard, type View } from '../../support/grafana.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { begin, end, fleetRows, minutes } from '../../support/sample-fleet.ts';

const board = readBoard('containers-postgresql.json');
const all: View = { from: begin, to: end, intervalSeconds: 60 };
const targets = board.panels.flatMap(({ title, type, targets }) =>
  targets.map(({ refId, format, rawSql }) => ({
    name: `${title} ${refId}`,
    type,
    format,
    sql: rawSql ?? '',
  })),
);
const variables = board.templating.list.map(({ name, query }) => ({ name, sql: query }));

let postgres: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
  const stored = await createRowStore(pool, { catalog }).store(fleetRows(), AbortSignal.timeout(60_000));
  expect(stored).toMatchObject({ kind: 'stored', refused: [] });
});
afterAll(async () => {
  await postgres?.stop();
});

type Line = Readonly<Record<string, unknown>>;

async function ask(sql: string, view: View = all): Promise<readonly Line[]> {
  const { rows } = await pool.query<Line>(expandSql(sql, view));
  return rows;
}

function sqlOf(name: string): string {
  const found = targets.find((target) => target.name === name);
  if (found === undefined) throw new Error(`no panel ${name}`);
  return found.sql;
}

/** The values of one series, by the minute of its step. */
async function seriesOf(
  name: string,
  metric: string,
  view: View = all,
): Promise<ReadonlyMap<number, unknown>> {
  const rows = await ask(sqlOf(name), view);
  const steps = rows
    .filter((row) => row.metric === metric)
    .map(({ time, value }) => [minuteOf(time), value] as const);
  return new Map(steps);
}

function minuteOf(time: unknown): number {
  return (Number(time) - begin.getTime() / 1000) / 60;
}

describe('every query to PostgreSQL', () => {
  it.each([...targets, ...variables])('$name parses and gives something', async ({ sql }) => {
    const { stmts } = await parse(expandSql(sql, all));
    expect(stmts).toHaveLength(1);
    const isNotOfThisFleet = sql.includes('spool_snapshots');
    expect((await ask(sql)).length > 0).toBe(!isNotOfThisFleet);
  });

  it.each(targets.filter(({ format }) => format === 'time_series'))(
    '$name has a time, at most one name and numbers, in the order of time (B106)',
    async ({ sql }) => {
      const rows = await ask(sql);
      for (const { time, metric = '', ...values } of rows) {
        expect(Number(time)).toBeGreaterThanOrEqual(begin.getTime() / 1000);
        expect(typeof metric).toBe('string');
        for (const value of Object.values(values)) expect(typeof value).toBe('number');
      }
      const times = rows.map(({ time }) => Number(time));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    },
  );

  it.each(targets.filter(({ type }) => type === 'stat'))('$name gives one number', async ({ sql }) => {
    const rows = await ask(sql);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.time).toBeInstanceOf(Date);
    expect(typeof rows[0]?.value).toBe('number');
  });

  it.each(targets)('$name says nothing of a time without snapshots, rather than 0', async ({ sql }) => {
    const later = { ...all, from: new Date('2027-01-01'), to: new Date('2027-01-02') };
    const rows = await ask(sql, later);
    expect(rows.flatMap((row) => Object.values(row)).filter((value) => value !== null)).toEqual([]);
  });

  it.each(targets)('$name reads only the time range', ({ sql }) => {
    const reads = sql.match(/from telemetry\.\w+/g) ?? [];
    expect(sql.match(/\$__timeFilter\(/g)).toHaveLength(reads.length);
  });
});

describe('rates', () => {
  it('are right over a start anew', async () => {
    const cpu = await seriesOf('Processor A', 'a / web');
    expect([...cpu.keys()]).toEqual(Array.from({ length: minutes }, (_, index) => index + 1));
    for (const value of cpu.values()) expect(value).toBeCloseTo(0.5, 6);
    const received = await seriesOf('Network A', 'a / web receive');
    for (const value of received.values()) expect(value).toBeCloseTo(1000, 6);
  });

  it('are right in steps that are longer than a snapshot', async () => {
    const cpu = await seriesOf('Processor A', 'a / web', { ...all, intervalSeconds: 300 });
    expect([...cpu.keys()]).toEqual([0, 5, 10, 15, 20]);
    for (const value of cpu.values()) expect(value).toBeCloseTo(0.5, 6);
  });

  it('go on under the same name when a container is replaced', async () => {
    const cpu = await seriesOf('Processor A', 'a / replaced');
    expect(cpu.size).toBe(minutes);
    for (const value of cpu.values()) expect(value).toBeCloseTo(0.1, 6);
  });

  it('end with their container', async () => {
    expect([...(await seriesOf('Processor A', 'a / gone')).keys()]).toEqual([1, 2, 3, 4, 5]);
  });

  it('are unknown for what does not run', async () => {
    expect((await seriesOf('Processor A', "a / o'stopped")).size).toBe(0);
  });
});

describe('what holds now', () => {
  it.each([
    ['Hosts up A', 1],
    ['All hosts readable A', 0],
    ['Containers running A', 2],
    ['Unhealthy A', 1],
    ['Killed for memory A', 1],
  ])('%s is %d', async (name, value) => {
    expect((await ask(sqlOf(name)))[0]?.value).toBe(value);
  });

  it('lists the containers of the last snapshot and no other', async () => {
    const lines = await ask(sqlOf('Containers A'));
    expect(lines.map((line) => line.Container)).toEqual(["o'stopped", 'replaced', 'web']);
    expect(lines[0]).toMatchObject({
      Host: 'a',
      State: 'exited',
      Health: null,
      'Exit code': 137,
      'Killed for memory': 1,
      Uptime: null,
      Cores: null,
      Memory: null,
    });
    expect(lines[2]).toMatchObject({
      Agent: 'datum',
      Health: 'unhealthy',
      Cores: 0.5,
      'Memory of limit': 0.75,
    });
  });

  it('lists what there was when one looks back', async () => {
    const back = { ...all, to: new Date(begin.getTime() + 5 * 60_000) };
    const lines = await ask(sqlOf('Containers A'), back);
    expect(lines.map((line) => line.Container)).toContain('gone');
  });

  it('is not what held more than five minutes ago', async () => {
    const late = { ...all, to: new Date(end.getTime() + 6 * 60_000) };
    expect(await ask(sqlOf('Containers A'), late)).toEqual([]);
    expect((await ask(sqlOf('Hosts up A'), late))[0]?.value).toBeNull();
  });
});

describe('variables', () => {
  it('choose containers by name, agent and host', async () => {
    const names = async (chosen: View['chosen'] & object) =>
      (await ask(sqlOf('Containers A'), { ...all, chosen })).map((line) => line.Container);
    expect(await names({ container: ["o'stopped", 'web'] })).toEqual(["o'stopped", 'web']);
    expect(await names({ agent: ['datum'] })).toEqual(['web']);
    expect(await names({ server: ['b'] })).toEqual([]);
  });

  it('offer what there was in the time range', async () => {
    const offered = await Promise.all(
      variables.map(async ({ name, sql }) => [name, (await ask(sql)).flatMap(Object.values)]),
    );
    expect(Object.fromEntries(offered)).toEqual({
      server: ['a', 'b'],
      agent: ['datum'],
      container: ['gone', "o'stopped", 'replaced', 'web'],
    });
  });
});
