import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { createHistoryStore, TooManySeriesError } from '../../src/db/history.ts';
import type { HistoryPoint, HistoryQuery } from '../../src/db/ports.ts';
import { createRowStore } from '../../src/db/row-store.ts';
import type { Row, Value } from '../../src/metric/row.ts';
import { microsToIso } from '../../src/metric/time.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { at, containerRow } from '../support/sample-row.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
});
afterAll(() => postgres.stop());
beforeEach(() => pool.query('truncate telemetry.container'));

const signal = new AbortController().signal;
const clock = (time: string): number => at(`2026-03-01T${time}Z`);

async function given(rows: readonly Row[]): Promise<void> {
  const outcome = await createRowStore(pool, { catalog }).store(rows, signal);
  expect(outcome).toMatchObject({ kind: 'stored', inserted: rows.length });
}

function history(metric: string, query: Partial<HistoryQuery> = {}) {
  return createHistoryStore(pool, catalog).history(
    {
      entity: 'container',
      metric,
      from: clock('12:00:00'),
      to: clock('13:00:00'),
      stepSeconds: 60,
      where: {},
      maxSeries: 10,
      ...query,
    },
    signal,
  );
}

/** The points of the only series, without what is unknown and with short times. */
async function points(metric: string, query?: Partial<HistoryQuery>) {
  const series = await history(metric, query);
  expect(series.map(({ identity }) => identity)).toEqual([
    { 'ciris.server.id': 'main', 'container.id': 'a' },
  ]);
  return series.flatMap((one) => one.points.map(known));
}

function known({ time, ...figures }: HistoryPoint) {
  const there = Object.entries(figures).filter(([, figure]) => figure !== undefined);
  return { at: microsToIso(time).slice(11, 19), ...Object.fromEntries(there) };
}

type Sample = readonly [time: string, value: Value | undefined, start?: string];

function samplesOf(metric: string, samples: readonly Sample[]): readonly Row[] {
  return samples.map(([time, value, start]) =>
    containerRow('a', {
      time: clock(time),
      values: value === undefined ? {} : { [metric]: value },
      ...(start === undefined ? {} : { start: clock(start) }),
    }),
  );
}

describe('the history of a gauge', () => {
  it('gives average, least, greatest and number of the samples that there are', async () => {
    await given(
      samplesOf('cpuUsage', [
        ['12:00:10', 1],
        ['12:00:20', 2],
        ['12:00:40', 6],
        ['12:02:00', 5],
        ['12:02:10', undefined],
      ]),
    );
    expect(await points('cpuUsage')).toEqual([
      { at: '12:00:00', value: 3, min: 1, max: 6, samples: 3 },
      { at: '12:02:00', value: 5, min: 5, max: 5, samples: 1 },
    ]);
  });

  it('B05: a missing sample is not a zero', async () => {
    const samples = ['00', '10', '20', '40', '50'].map((second): Sample => [`12:00:${second}`, 400_000_000]);
    await given(samplesOf('memoryUsage', [...samples, ['12:00:30', undefined]]));
    expect(await points('memoryUsage')).toEqual([
      { at: '12:00:00', value: 4e8, min: 4e8, max: 4e8, samples: 5 },
    ]);
  });

  it('takes from inclusive and to exclusive', async () => {
    await given(
      samplesOf('cpuUsage', [
        ['11:59:59.999999', 1],
        ['12:00:00', 2],
        ['12:59:59.999999', 3],
        ['13:00:00', 4],
      ]),
    );
    expect((await points('cpuUsage')).map(({ at: time }) => time)).toEqual(['12:00:00', '12:59:00']);
  });

  it('aligns buckets to the epoch, whatever the range', async () => {
    await given(samplesOf('cpuUsage', [['12:07:30', 1]]));
    const query = { from: clock('12:07:10'), stepSeconds: 300 };
    expect(await points('cpuUsage', query)).toMatchObject([{ at: '12:05:00', samples: 1 }]);
  });

  it('keeps large integers exact', async () => {
    const large = 2n ** 62n + 1n;
    await given(samplesOf('memoryUsage', [['12:00:10', large]]));
    expect(await points('memoryUsage')).toMatchObject([{ min: large, max: large }]);
  });
});

describe('the history of a counter', () => {
  it('gives the increase, counted where the later sample lies', async () => {
    await given(
      samplesOf('networkReceive', [
        ['12:00:10', 100],
        ['12:00:50', 150],
        ['12:01:10', 180],
        ['12:03:10', 300],
      ]),
    );
    expect(await points('networkReceive')).toEqual([
      { at: '12:00:00', value: 50, samples: 2 },
      { at: '12:01:00', value: 30, samples: 1 },
      { at: '12:03:00', value: 120, samples: 1 },
    ]);
  });

  it('looks for the sample before the range', async () => {
    await given(
      samplesOf('networkReceive', [
        ['11:00:00', 10],
        ['11:59:00', 90],
        ['11:59:30', undefined],
        ['12:00:10', 100],
      ]),
    );
    expect(await points('networkReceive')).toEqual([{ at: '12:00:00', value: 10, samples: 1 }]);
  });

  it('does not know the increase before the first sample', async () => {
    await given(samplesOf('networkReceive', [['12:00:10', 100, '09:00:00']]));
    expect(await points('networkReceive')).toEqual([{ at: '12:00:00', samples: 1 }]);
  });

  it('knows it when the counter began within the bucket', async () => {
    await given(samplesOf('networkReceive', [['12:00:10', 100, '12:00:05']]));
    expect(await points('networkReceive')).toEqual([{ at: '12:00:00', value: 100, samples: 1 }]);
  });

  it('counts a restart from its start, even when the value has overtaken the old one', async () => {
    await given(
      samplesOf('networkReceive', [
        ['12:00:10', 100, '09:00:00'],
        ['12:00:20', 120, '09:00:00'],
        ['12:00:40', 130, '12:00:30'],
        ['12:00:50', 140, '12:00:30'],
      ]),
    );
    expect(await points('networkReceive')).toEqual([{ at: '12:00:00', value: 20 + 130 + 10, samples: 4 }]);
  });

  it('takes a value that falls for a restart', async () => {
    await given(
      samplesOf('networkReceive', [
        ['12:00:10', 100],
        ['12:00:20', 7],
        ['12:01:20', 9],
      ]),
    );
    expect(await points('networkReceive')).toEqual([
      { at: '12:00:00', value: 7, samples: 2 },
      { at: '12:01:00', value: 2, samples: 1 },
    ]);
  });

  it('counts a restart between the sample before the range and the first in it', async () => {
    await given(
      samplesOf('networkReceive', [
        ['11:59:50', 100, '09:00:00'],
        ['12:00:10', 150, '11:59:55'],
      ]),
    );
    expect(await points('networkReceive')).toEqual([{ at: '12:00:00', value: 150, samples: 1 }]);
  });

  it('adds large integers exactly', async () => {
    const large = 2n ** 62n;
    await given(
      samplesOf('networkReceive', [
        ['12:00:10', 1],
        ['12:00:20', large],
      ]),
    );
    expect(await points('networkReceive')).toMatchObject([{ value: large - 1n }]);
  });

  it('adds up to the same total in buckets of any width', async () => {
    const samples = Array.from({ length: 200 }, (_, i): Sample => {
      const time = microsToIso(clock('12:00:00') + i * 17e6).slice(11, 19);
      return [
        time,
        (i % 60) * (i % 60),
        microsToIso(clock('11:00:00') + Math.floor(i / 60) * 1e6).slice(11, 19),
      ];
    });
    await given(samplesOf('diskRead', samples));
    const totals = [1, 17, 60, 300, 3600].map(async (stepSeconds) => {
      const buckets = await history('diskRead', { stepSeconds });
      return buckets.flatMap((one) => one.points).reduce((sum, { value }) => sum + Number(value ?? 0), 0);
    });
    const rises = [0, 1, 2].map(() => 59 ** 2).reduce((a, b) => a + b) + 19 ** 2;
    expect(await Promise.all(totals)).toEqual(Array.from({ length: 5 }, () => rises));
  });
});

describe('the history of a stateset', () => {
  it('gives the last state of each bucket', async () => {
    const states: readonly [string, string][] = [
      ['12:00:10', 'created'],
      ['12:00:50', 'running'],
      ['12:01:10', 'exited'],
    ];
    await given(states.map(([time, state]) => containerRow('a', { time: clock(time), states: { state } })));
    expect(await points('state')).toEqual([
      { at: '12:00:00', state: 'running', samples: 2 },
      { at: '12:01:00', state: 'exited', samples: 1 },
    ]);
  });
});

describe('series', () => {
  beforeEach(() =>
    given(
      ['a', 'b', 'c'].flatMap((id) =>
        [10, 20, 70].map((second) =>
          containerRow(id, { time: clock('12:00:00') + second * 1e6, values: { cpuUsage: second, pids: 1 } }),
        ),
      ),
    ),
  );

  it('are told apart by identity', async () => {
    const series = await history('cpuUsage');
    expect(series.map(({ identity, points: found }) => [identity['container.id'], found.length])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ]);
  });

  it('are chosen by identity', async () => {
    const series = await history('cpuUsage', { where: { 'container.id': 'b', 'ciris.server.id': 'main' } });
    expect(series.map(({ identity }) => identity['container.id'])).toEqual(['b']);
    expect(await history('cpuUsage', { where: { 'container.id': "' or true --" } })).toEqual([]);
  });

  it('may be as many as asked for, and no more', async () => {
    expect(await history('cpuUsage', { maxSeries: 3 })).toHaveLength(3);
    await expect(history('pids', { maxSeries: 2 })).rejects.toThrow(TooManySeriesError);
    await expect(history('cpuUsage', { maxSeries: 2 })).rejects.toThrow(
      'the history of container has more than 2 series in this range: narrow it with ciris.server.id or container.id, or shorten it',
    );
  });
});

describe('what the catalog does not have', () => {
  it.each<[what: string, query: Partial<HistoryQuery>, message: RegExp]>([
    ['entity', { entity: 'other' }, /no stored entity "other": choose one of container, server, /],
    ['entity that is stored', { entity: 'scrape' }, /no stored entity "scrape"/],
    ['metric', { metric: 'time' }, /container has no metric "time"/],
    ['inherited metric', { metric: 'constructor' }, /container has no metric "constructor"/],
    [
      'attribute',
      { where: { 'container.name': 'x' } },
      /not told apart by "container.name" but by ciris.server.id, /,
    ],
  ])('%s', async (_what, query, message) => {
    const refused = history('cpuUsage', query);
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    await expect(refused).rejects.toThrow(message);
  });
});

describe('a database that fails', () => {
  it.each([
    ['empty', 'database_schema', /not migrated/],
    ['away', 'database_unavailable', /cannot read the history of container from the database: .*ENOENT/],
  ] as const)('%s', async (kind, code, message) => {
    const url = kind === 'empty' ? await postgres.freshUrl('empty') : 'postgresql://x@/x?host=/nowhere';
    const query = {
      entity: 'container',
      metric: 'pids',
      from: 0,
      to: 1e15,
      stepSeconds: 60,
      where: {},
      maxSeries: 1,
    };
    const refused = createHistoryStore(postgres.pool(url), catalog).history(query, signal);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(message);
  });

  it('too slow', async () => {
    const slow = postgres.pool(postgres.url, { statementTimeoutMs: 50 });
    const holder = await pool.connect();
    await holder.query('begin; lock table telemetry.container');
    const query = {
      entity: 'container',
      metric: 'pids',
      from: 0,
      to: 1e15,
      stepSeconds: 60,
      where: {},
      maxSeries: 1,
    };
    await expect(createHistoryStore(slow, catalog).history(query, signal)).rejects.toMatchObject({
      code: 'timeout',
    });
    await holder.query('rollback');
    holder.release();
  });
});
