import { beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createHistoryStore, TooManySeriesError } from '../../../src/db/history/history.ts';
import type { HistoryQuery } from '../../../src/db/ports.ts';
import {
  clock,
  given,
  history,
  historyDatabase,
  keepEverything,
  points,
  type Sample,
  samplesOf,
} from '../../support/history-fixture.ts';
import { containerRow } from '../../support/sample-row.ts';

const database = historyDatabase();

const signal = new AbortController().signal;

describe('the history of a gauge', () => {
  it('gives average, least, greatest and number of the samples that there are', async () => {
    await given(
      database.pool,
      samplesOf('cpuUsage', [
        ['12:00:10', 1],
        ['12:00:20', 2],
        ['12:00:40', 6],
        ['12:02:00', 5],
        ['12:02:10', undefined],
      ]),
    );
    expect(await points(database.pool, 'cpuUsage')).toEqual([
      { at: '12:00:00', value: 3, min: 1, max: 6, samples: 3 },
      { at: '12:02:00', value: 5, min: 5, max: 5, samples: 1 },
    ]);
  });

  it('B05: a missing sample is not a zero', async () => {
    const samples = ['00', '10', '20', '40', '50'].map((second): Sample => [`12:00:${second}`, 400_000_000]);
    await given(database.pool, samplesOf('memoryUsage', [...samples, ['12:00:30', undefined]]));
    expect(await points(database.pool, 'memoryUsage')).toEqual([
      { at: '12:00:00', value: 4e8, min: 4e8, max: 4e8, samples: 5 },
    ]);
  });

  it('takes from inclusive and to exclusive', async () => {
    await given(
      database.pool,
      samplesOf('cpuUsage', [
        ['11:59:59.999999', 1],
        ['12:00:00', 2],
        ['12:59:59.999999', 3],
        ['13:00:00', 4],
      ]),
    );
    expect((await points(database.pool, 'cpuUsage')).map(({ at: time }) => time)).toEqual([
      '12:00:00',
      '12:59:00',
    ]);
  });

  it.each([1, 60, 300, 10_800])(
    'finds nothing in a range without time, in steps of %d s',
    async (stepSeconds) => {
      await given(database.pool, samplesOf('cpuUsage', [['12:00:00', 1]]));
      for (const to of ['12:00:00', '11:00:00'])
        expect(await history(database.pool, 'cpuUsage', { stepSeconds, to: clock(to) })).toEqual([]);
    },
  );

  it('aligns buckets to the epoch, whatever the range', async () => {
    await given(database.pool, samplesOf('cpuUsage', [['12:07:30', 1]]));
    const query = { from: clock('12:07:10'), stepSeconds: 300 };
    expect(await points(database.pool, 'cpuUsage', query)).toMatchObject([{ at: '12:05:00', samples: 1 }]);
  });

  it('keeps large integers exact', async () => {
    const large = 2n ** 62n + 1n;
    await given(database.pool, samplesOf('memoryUsage', [['12:00:10', large]]));
    expect(await points(database.pool, 'memoryUsage')).toMatchObject([{ min: large, max: large }]);
  });
});

describe('the history of a stateset', () => {
  it('gives the last state of each bucket', async () => {
    const states: readonly [string, string][] = [
      ['12:00:10', 'created'],
      ['12:00:50', 'running'],
      ['12:01:10', 'exited'],
    ];
    await given(
      database.pool,
      states.map(([time, state]) => containerRow('a', { time: clock(time), states: { state } })),
    );
    expect(await points(database.pool, 'state')).toMatchObject([
      { at: '12:00:00', state: 'running', samples: 2 },
      { at: '12:01:00', state: 'exited', samples: 1 },
    ]);
  });

  it('tells for how long each state held: until the next sample, at most 5 minutes, within the range', async () => {
    const states: readonly [string, string][] = [
      ['11:59:00', 'created'],
      ['12:00:30', 'running'],
      ['12:00:40', 'exited'],
      ['12:08:00', 'running'],
    ];
    await given(
      database.pool,
      states.map(([time, state]) => containerRow('a', { time: clock(time), states: { state } })),
    );
    const query = { stepSeconds: 300, to: clock('12:09:00') };
    expect(await points(database.pool, 'state', query)).toEqual([
      {
        at: '12:00:00',
        state: 'exited',
        stateMicros: { created: 30e6, running: 10e6, exited: 260e6 },
        unknownMicros: 0,
        samples: 2,
      },
      {
        at: '12:05:00',
        state: 'running',
        stateMicros: { exited: 40e6, running: 60e6 },
        unknownMicros: 140e6,
        samples: 1,
      },
    ]);
  });

  it('does not make what is gone last', async () => {
    await given(database.pool, [
      containerRow('a', { time: clock('12:00:30'), states: { state: 'running' } }),
    ]);
    expect((await points(database.pool, 'state')).map(({ at }) => at)).toEqual(['12:00:00']);
  });
});

describe('series', () => {
  beforeEach(() =>
    given(
      database.pool,
      ['a', 'b', 'c'].flatMap((id) =>
        [10, 20, 70].map((second) =>
          containerRow(id, { time: clock('12:00:00') + second * 1e6, values: { cpuUsage: second, pids: 1 } }),
        ),
      ),
    ),
  );

  it('are told apart by identity', async () => {
    const series = await history(database.pool, 'cpuUsage');
    expect(series.map(({ identity, points: found }) => [identity['container.id'], found.length])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ]);
  });

  it('are chosen by identity', async () => {
    const series = await history(database.pool, 'cpuUsage', {
      where: { 'container.id': 'b', 'ciris.server.id': 'main' },
    });
    expect(series.map(({ identity }) => identity['container.id'])).toEqual(['b']);
    expect(await history(database.pool, 'cpuUsage', { where: { 'container.id': "' or true --" } })).toEqual(
      [],
    );
  });

  it('have names of any characters, and are found by them', async () => {
    const names = ['a"b', 'a\\b', "a'b", '%_', '{a,b}', 'NULL', ' ', 'a\nb', 'é', 'e\u0301', '😀', 'A'];
    await given(
      database.pool,
      names.map((id, pids) => containerRow(id, { time: clock('12:30:00'), values: { pids } })),
    );
    for (const [pids, id] of names.entries()) {
      const series = await history(database.pool, 'pids', { where: { 'container.id': id } });
      expect(series).toMatchObject([{ identity: { 'container.id': id }, points: [{ value: pids }] }]);
    }
  });

  it('may be as many as asked for, and no more', async () => {
    expect(await history(database.pool, 'cpuUsage', { maxSeries: 3 })).toHaveLength(3);
    await expect(history(database.pool, 'pids', { maxSeries: 2 })).rejects.toThrow(TooManySeriesError);
    await expect(history(database.pool, 'cpuUsage', { maxSeries: 2 })).rejects.toThrow(
      'the history of container has more than 2 series in this range: narrow it with ciris.server.id or container.id, or shorten it',
    );
  });
});

describe('what the catalog does not have', () => {
  it.each<[what: string, query: Partial<HistoryQuery>, message: RegExp]>([
    ['entity', { entity: 'other' }, /no stored entity "other": choose one of .*container, server, /],
    ['entity that is stored', { entity: 'scrape' }, /no stored entity "scrape"/],
    ['metric', { metric: 'time' }, /container has no metric "time"/],
    ['inherited metric', { metric: 'constructor' }, /container has no metric "constructor"/],
    [
      'attribute',
      { where: { 'container.name': 'x' } },
      /not told apart by "container.name" but by ciris.server.id, /,
    ],
  ])('%s', async (_what, query, message) => {
    const refused = history(database.pool, 'cpuUsage', query);
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    await expect(refused).rejects.toThrow(message);
  });
});

describe('a database that fails', () => {
  it.each([
    ['empty', 'database_schema', /not migrated/],
    ['away', 'database_unavailable', /cannot read the history of container from the database: .*ENOENT/],
  ] as const)('%s', async (kind, code, message) => {
    const url =
      kind === 'empty' ? await database.postgres.freshUrl('empty') : 'postgresql://x@/x?host=/nowhere';
    const query = {
      entity: 'container',
      metric: 'pids',
      from: 0,
      to: 1e15,
      stepSeconds: 60,
      where: {},
      maxSeries: 1,
    };
    const refused = createHistoryStore(database.postgres.pool(url), catalog).history(query, signal);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(message);
  });

  it('too slow', async () => {
    const url = await database.postgres.freshUrl('migrated');
    const slow = database.postgres.pool(url, { statementTimeoutMs: 50 });
    await database.postgres.pool(url).query(
      `alter table telemetry.container rename to rows;
       create view telemetry.container as select rows.* from telemetry.rows, pg_sleep(10);
       insert into telemetry.rows (time, server_id, container_id, pids) values ('2001-01-01', 'main', 'a', 1)`,
    );
    await keepEverything(database.postgres.pool(url));
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
  });
});
