import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHistoryStore } from '../../../src/db/history/history.ts';
import type { History, HistoryQuery } from '../../../src/db/ports.ts';
import type { Row } from '../../../src/metric/row.ts';
import { containerRow } from '../../support/sample-row.ts';
import { base } from './arbitrary-rows.ts';
import {
  catalog,
  type Database,
  type DatabaseUnderTest,
  keepingOnly,
  never,
  round,
  store,
} from './databases.ts';

const minute = 60e6;
const hour = 60 * minute;

/** A row so many minutes after the base; every test has a container of its own. */
function sample(id: string, minutes: number, parts: Partial<Row>): Row {
  return containerRow(id, { time: base + minutes * minute, ...parts });
}

/** Known faults of others, with the right values; to be called while tests are collected. */
export function historyCases(databases: readonly DatabaseUnderTest[]): void {
  describe.each(databases)('$name', ({ open }) => {
    let database: Database;
    let pool: Pool;
    beforeAll(async () => {
      database = await open();
      pool = database.pool;
    }, 600_000);
    afterAll(() => database.stop());

    /** The history of a container, over the first hour by the hour unless the query says otherwise. */
    function ask(id: string, metric: string, query: Partial<HistoryQuery> = {}): Promise<History> {
      const range = { from: base, to: base + hour, stepSeconds: 3600 };
      const asked = { entity: 'container', metric, ...range, where: { 'container.id': id }, maxSeries: 9 };
      return createHistoryStore(pool, catalog).history({ ...asked, ...query }, never);
    }

    async function points(id: string, metric: string, query: Partial<HistoryQuery> = {}) {
      return (await ask(id, metric, query)).series.flatMap((series) => series.points);
    }

    it('B05: a sample that failed is missing, and no zero that drags the mean down', async () => {
      const seconds = [0, 10, 20, 40, 50];
      await store(
        pool,
        seconds.map((at) => sample('b05', at / 60, { values: { memoryUsage: 400_000_000 } })),
      );
      await round(pool);
      const { rows } = await pool.query(
        `select memory_usage_sum::text as sum, memory_usage_count::int as count, memory_usage_min::text as min
       from telemetry.container_5m where container_id = 'b05'`,
      );
      expect(rows).toEqual([{ sum: '2000000000', count: 5, min: '400000000' }]);
      expect(await points('b05', 'memoryUsage')).toMatchObject([{ value: 400_000_000, samples: 5 }]);
    });

    it('B39: the mean of an hour is that of its samples, not of its buckets', async () => {
      const many = Array.from({ length: 10 }, (_, i) => sample('b39', i / 4, { values: { cpuUsage: 100 } }));
      await store(pool, [...many, sample('b39', 7, { values: { cpuUsage: 0 } })]);
      await round(pool);
      const [point] = await points('b39', 'cpuUsage');
      expect(Number(point?.value)).toBeCloseTo(90.909_090_909, 9);
      expect(point).toMatchObject({ min: 0, max: 100, samples: 11 });
    });

    it('B40: the newest rows are in the rollups at once, before any round', async () => {
      const now = Math.floor(Date.now() / 1000) * 1e6;
      await round(pool);
      await store(pool, [containerRow('b40', { time: now, values: { pids: 7 } })]);
      for (const rollup of ['container_5m', 'container_1h', 'container_3h']) {
        const { rows } = await pool.query(
          `select pids_last::int as last from telemetry.${rollup} where container_id = 'b40'`,
        );
        expect(rows, rollup).toEqual([{ last: 7 }]);
      }
    });

    it('B51: a restart counts what was used since, and never less than nothing', async () => {
      const rows = [sample('b51', 1, { start: base - hour, values: { cpuTimeUser: 100 } })];
      const restarted = { start: base + 6 * minute, values: { cpuTimeUser: 3 } };
      await store(pool, [...rows, sample('b51', 7, restarted)]);
      await round(pool);
      const fine = await points('b51', 'cpuTimeUser', { stepSeconds: 300 });
      expect(fine.map(({ value }) => value)).toEqual([undefined, 3]);
      expect(await points('b51', 'cpuTimeUser')).toMatchObject([{ value: 3, samples: 2 }]);
    });

    it('B52: a container that replaced another of its name adds to what that one used', async () => {
      const values = (cpuTimeUser: number) => ({
        start: base - hour,
        info: { 'container.name': 'agent-alpha' },
        values: { cpuTimeUser },
      });
      await store(pool, [
        sample('b52-a', 0.5, values(10)),
        sample('b52-a', 1.5, values(14)),
        sample('b52-b', 2, values(0)),
        sample('b52-b', 3, values(3)),
      ]);
      await round(pool);
      const { rows } = await pool.query(
        `select sum(cpu_time_user_increase) as used from telemetry.container_5m where container_name = 'agent-alpha'`,
      );
      expect(rows).toEqual([{ used: 7 }]);
      const used = [...(await points('b52-a', 'cpuTimeUser')), ...(await points('b52-b', 'cpuTimeUser'))];
      expect(used.map(({ value }) => value)).toEqual([4, 3]);
    });

    it('a restart between two buckets is seen, though the later one ends higher than the earlier', async () => {
      const of = (minutes: number, networkReceive: number, began: number) =>
        sample('border', minutes, { start: base + began * minute, values: { networkReceive } });
      await store(pool, [of(4, 95, -60), of(4.9, 100, -60), of(5, 97, 4.95), of(6, 107, 4.95)]);
      await round(pool);
      const fine = await points('border', 'networkReceive', { stepSeconds: 300 });
      expect(fine.map(({ value, samples }) => [value, samples])).toEqual([
        [5, 2],
        [107, 2],
      ]);
      expect(await points('border', 'networkReceive')).toMatchObject([{ value: 112, samples: 4 }]);
    });

    it('samples that lie on the borders of buckets are counted once, in the later one', async () => {
      const of = (_: unknown, i: number) => sample('edges', i * 5, { values: { networkReceive: i } });
      await store(pool, Array.from({ length: 13 }, of));
      await round(pool);
      for (const stepSeconds of [60, 300, 900, 3600]) {
        const found = await points('edges', 'networkReceive', { stepSeconds });
        expect(found.reduce((sum, { value }) => sum + Number(value ?? 0), 0)).toBe(11);
        expect(found.reduce((sum, { samples }) => sum + samples, 0)).toBe(12);
      }
      const one = { from: base + 5 * minute, to: base + 10 * minute, stepSeconds: 300 };
      expect(await points('edges', 'networkReceive', one)).toMatchObject([{ value: 1, samples: 1 }]);
    });

    it('what a container used before it was first seen is in the hour, and in the minutes', async () => {
      const of = (minutes: number, cpuTimeUser: number) =>
        sample('young', minutes, { start: base + 4.9 * minute, values: { cpuTimeUser } });
      await store(pool, [of(5.1, 3), of(5.3, 4)]);
      await round(pool);
      for (const stepSeconds of [60, 300, 3600])
        expect(await points('young', 'cpuTimeUser', { stepSeconds })).toMatchObject([
          { value: 4, samples: 2 },
        ]);
    });

    it('B23: rows that come late are in the rollup after the next round', async () => {
      const of = (minutes: number) =>
        sample('b23', minutes, { start: base, values: { diskRead: minutes * 1000 } });
      await store(pool, [of(1), of(179)]);
      await round(pool);
      await store(
        pool,
        Array.from({ length: 178 }, (_, i) => of(i + 1)),
      );
      await round(pool);
      const range = { to: base + 3 * hour, stepSeconds: 3600 };
      const stored = await points('b23', 'diskRead', range);
      expect(stored.map(({ value, samples }) => [value, samples])).toEqual([
        [59_000, 59],
        [60_000, 60],
        [60_000, 60],
      ]);
      const ofRows = await points('b23', 'diskRead', { ...range, stepSeconds: 3599 });
      expect(ofRows.reduce((sum, { value }) => sum + Number(value), 0)).toBe(179_000);
    });

    it('adds up the greatest figures that may be stored', async () => {
      await store(
        pool,
        [1, 2, 3].map((minutes) =>
          sample('great', minutes, { values: { cpuUsage: 1e290, cpuTimeUser: 1e290 } }),
        ),
      );
      await round(pool);
      expect(await points('great', 'cpuUsage')).toMatchObject([{ value: 1e290, samples: 3 }]);
    });

    it('knows what a thing counted while it was away for longer than its rows are kept', async () => {
      const of = (minutes: number, cpuTimeUser: number) =>
        sample('away', minutes, { start: base - hour, values: { cpuTimeUser } });
      await store(pool, [of(1, 100), of(170, 160), of(171, 161)]);
      await round(pool);
      await pool.query(`delete from telemetry.container where container_id = 'away' and time < $1`, [
        new Date((base + hour) / 1000),
      ]);
      for (const [stepSeconds, offset] of [
        [60, 0],
        [300, 0],
        [3600, 7 * minute],
      ] as const) {
        const range = { from: base + 2 * hour + offset, to: base + 3 * hour, stepSeconds };
        const found = await points('away', 'cpuTimeUser', range);
        expect(found.reduce((sum, { value }) => sum + Number(value), 0)).toBe(61);
      }
    });

    it('answers from what is still kept, and says so', async () => {
      const of = (minutes: number) => sample('kept', minutes, { values: { pids: minutes } });
      await store(pool, [of(1), of(4), of(6), of(61)]);
      await round(pool);
      const query = { from: base + 2 * minute, to: base + 62 * minute, stepSeconds: 60 };
      expect(await ask('kept', 'pids', query)).toMatchObject({ ...query, resolution: 'raw' });
      await keepingOnly(pool, '5m', async () => {
        const { series, ...rest } = await ask('kept', 'pids', query);
        expect(rest).toEqual({ resolution: '5m', from: base, to: base + 65 * minute, stepSeconds: 300 });
        expect(series[0]?.points.map(({ time, value }) => [(time - base) / minute, value])).toEqual([
          [0, 2.5],
          [5, 6],
          [60, 61],
        ]);
      });
      await keepingOnly(pool, '1h', async () => {
        const { series, ...rest } = await ask('kept', 'pids', query);
        expect(rest).toEqual({ resolution: '1h', from: base, to: base + 2 * hour, stepSeconds: 3600 });
        expect(series[0]?.points.map(({ samples }) => samples)).toEqual([3, 1]);
      });
    });
  });
}
