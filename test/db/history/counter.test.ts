import { describe, expect, it } from 'vitest';
import { microsToIso } from '../../../src/metric/time.ts';
import {
  clock,
  given,
  history,
  historyDatabase,
  points,
  type Sample,
  samplesOf,
} from '../../support/history-fixture.ts';

const database = historyDatabase();

describe('the history of a counter', () => {
  it('gives the increase, counted where the later sample lies', async () => {
    await given(
      database.pool,
      samplesOf('networkReceive', [
        ['12:00:10', 100],
        ['12:00:50', 150],
        ['12:01:10', 180],
        ['12:03:10', 300],
      ]),
    );
    expect(await points(database.pool, 'networkReceive')).toEqual([
      { at: '12:00:00', value: 50, samples: 2 },
      { at: '12:01:00', value: 30, samples: 1 },
      { at: '12:03:00', value: 120, samples: 1 },
    ]);
  });

  it('looks for the sample before the range', async () => {
    await given(
      database.pool,
      samplesOf('networkReceive', [
        ['11:00:00', 10],
        ['11:59:00', 90],
        ['11:59:30', undefined],
        ['12:00:10', 100],
      ]),
    );
    expect(await points(database.pool, 'networkReceive')).toEqual([
      { at: '12:00:00', value: 10, samples: 1 },
    ]);
  });

  it('does not know the increase before the first sample', async () => {
    await given(database.pool, samplesOf('networkReceive', [['12:00:10', 100, '09:00:00']]));
    expect(await points(database.pool, 'networkReceive')).toEqual([{ at: '12:00:00', samples: 1 }]);
  });

  it.each(['12:00:05', '12:00:00', '11:59:59'])(
    'knows it when the counter began within the range: at %s',
    async (start) => {
      await given(database.pool, samplesOf('networkReceive', [['12:00:10', 100, start]]));
      const known = start < '12' ? {} : { value: 100 };
      expect(await points(database.pool, 'networkReceive')).toEqual([
        { at: '12:00:00', ...known, samples: 1 },
      ]);
    },
  );

  it('counts what a thing counted before it was first seen, in steps of any width', async () => {
    await given(
      database.pool,
      samplesOf('networkReceive', [
        ['12:05:02', 40, '12:04:58'],
        ['12:05:12', 45, '12:04:58'],
        ['12:10:02', 7, '12:09:59'],
      ]),
    );
    for (const stepSeconds of [1, 10, 60, 300, 3600]) {
      const found = await points(database.pool, 'networkReceive', { stepSeconds });
      const total = found.reduce((sum, point) => sum + Number('value' in point ? point.value : 0), 0);
      expect(total, `steps of ${stepSeconds} s`).toBe(40 + 5 + 7);
    }
  });

  it('counts a restart from its start, even when the value has overtaken the old one', async () => {
    await given(
      database.pool,
      samplesOf('networkReceive', [
        ['12:00:10', 100, '09:00:00'],
        ['12:00:20', 120, '09:00:00'],
        ['12:00:40', 130, '12:00:30'],
        ['12:00:50', 140, '12:00:30'],
      ]),
    );
    expect(await points(database.pool, 'networkReceive')).toEqual([
      { at: '12:00:00', value: 20 + 130 + 10, samples: 4 },
    ]);
  });

  it('counts nothing twice where the same start was reckoned anew, by an exporter that was restarted', async () => {
    await given(
      database.pool,
      samplesOf('networkReceive', [
        ['12:00:10', 100, '09:00:00'],
        ['12:00:20', 120, '09:00:01'],
        ['12:00:40', 130, '08:59:59'],
        // And yet a process that began after the sample before is another, however soon it did.
        ['12:01:40', 140, '12:01:30'],
        ['12:01:50', 145, '12:01:41'],
      ]),
    );
    expect(await points(database.pool, 'networkReceive')).toEqual([
      { at: '12:00:00', value: 20 + 10, samples: 3 },
      { at: '12:01:00', value: 140 + 145, samples: 2 },
    ]);
  });

  it('takes a value that falls for a restart', async () => {
    await given(
      database.pool,
      samplesOf('networkReceive', [
        ['12:00:10', 100],
        ['12:00:20', 7],
        ['12:01:20', 9],
      ]),
    );
    expect(await points(database.pool, 'networkReceive')).toEqual([
      { at: '12:00:00', value: 7, samples: 2 },
      { at: '12:01:00', value: 2, samples: 1 },
    ]);
  });

  it('counts a restart between the sample before the range and the first in it', async () => {
    await given(
      database.pool,
      samplesOf('networkReceive', [
        ['11:59:50', 100, '09:00:00'],
        ['12:00:10', 150, '11:59:55'],
      ]),
    );
    expect(await points(database.pool, 'networkReceive')).toEqual([
      { at: '12:00:00', value: 150, samples: 1 },
    ]);
  });

  it('adds large integers exactly', async () => {
    const large = 2n ** 62n;
    await given(
      database.pool,
      samplesOf('networkReceive', [
        ['12:00:10', 1],
        ['12:00:20', large],
      ]),
    );
    expect(await points(database.pool, 'networkReceive')).toMatchObject([{ value: large - 1n }]);
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
    await given(database.pool, samplesOf('diskRead', samples));
    const totals = [1, 17, 60, 300, 3600].map(async (stepSeconds) => {
      const buckets = await history(database.pool, 'diskRead', { stepSeconds });
      return buckets.flatMap((one) => one.points).reduce((sum, { value }) => sum + Number(value ?? 0), 0);
    });
    const rises = [0, 1, 2].map(() => 59 ** 2).reduce((a, b) => a + b) + 19 ** 2;
    expect(await Promise.all(totals)).toEqual(Array.from({ length: 5 }, () => rises));
  });
});
