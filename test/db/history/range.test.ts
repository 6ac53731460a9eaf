import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byResolution } from '../../../src/catalog/rollup.ts';
import { beforeRange, bucketMicros, type Kept, planRange } from '../../../src/db/history/range.ts';
import { clock } from '../../support/history-fixture.ts';

const always: Kept['since'] = { raw: 0, '5m': 0 };
const allStored: Kept['stored'] = {
  '5m': clock('23:00:00'),
  '1h': clock('23:00:00'),
  '3h': clock('21:00:00'),
};
const minute = 60e6;
const hour = 3600e6;

function plan(
  from: string,
  to: string,
  stepMicros: number,
  { since = {}, stored = {} }: { since?: Partial<Kept['since']>; stored?: Partial<Kept['stored']> } = {},
) {
  const kept = { since: { ...always, ...since }, stored: { ...allStored, ...stored } };
  return planRange({ from: clock(from), to: clock(to), stepMicros }, kept);
}

const segment = (resolution: string, from: string, to: string) => ({
  resolution,
  from: clock(from),
  to: clock(to),
});

describe('what a history is read from', () => {
  it.each<[step: number, resolution: string]>([
    [minute, 'raw'],
    [7 * minute, 'raw'],
    [5 * minute, '5m'],
    [10 * minute, '5m'],
    [hour, '1h'],
    [2 * hour, '1h'],
    [3 * hour, '3h'],
    [6 * hour, '3h'],
    [90 * minute, '5m'],
  ])('a step of %d microseconds: %s', (step, resolution) => {
    const found = plan('06:00:00', '12:00:00', step);
    expect(found).toMatchObject({ resolution, stepMicros: step });
    expect(found.segments).toEqual([segment(resolution, '06:00:00', '12:00:00')]);
  });

  it('finer at the ends of a range that begins and ends anywhere', () => {
    const { resolution, segments } = plan('06:03:20', '12:17:30.5', hour);
    expect(resolution).toBe('1h');
    expect(segments).toEqual([
      segment('raw', '06:03:20', '06:05:00'),
      segment('5m', '06:05:00', '07:00:00'),
      segment('1h', '07:00:00', '12:00:00'),
      segment('5m', '12:00:00', '12:15:00'),
      segment('raw', '12:15:00', '12:17:30.5'),
    ]);
  });

  it('a range too short for a whole bucket is read finer', () => {
    expect(plan('06:01:00', '06:59:00', hour).resolution).toBe('5m');
    expect(plan('06:01:00', '06:04:00', hour)).toMatchObject({ resolution: 'raw', stepMicros: hour });
  });

  it('what is not yet stored is read finer', () => {
    const stored = { '5m': clock('11:50:00'), '1h': clock('11:00:00') };
    expect(plan('06:00:00', '12:00:00', hour, { stored }).segments).toEqual([
      segment('1h', '06:00:00', '11:00:00'),
      segment('5m', '11:00:00', '11:50:00'),
      segment('raw', '11:50:00', '12:00:00'),
    ]);
    const nothing = { '5m': 0, '1h': 0, '3h': 0 };
    expect(plan('06:00:00', '12:00:00', hour, { stored: nothing })).toMatchObject({
      resolution: 'raw',
      segments: [segment('raw', '06:00:00', '12:00:00')],
    });
  });

  it('where rows are no longer kept, step and range are widened to buckets that are', () => {
    const rowsGone = { since: { raw: clock('23:00:00') } };
    expect(plan('06:03:20', '12:17:30', minute, rowsGone)).toEqual({
      resolution: '5m',
      stepMicros: 5 * minute,
      from: clock('06:00:00'),
      to: clock('12:20:00'),
      segments: [segment('5m', '06:00:00', '12:20:00')],
    });
    const gone = { since: { raw: clock('23:00:00'), '5m': clock('22:00:00') } };
    expect(plan('06:03:20', '12:17:30', minute, gone)).toEqual({
      resolution: '1h',
      stepMicros: hour,
      from: clock('06:00:00'),
      to: clock('13:00:00'),
      segments: [segment('1h', '06:00:00', '13:00:00')],
    });
  });

  it('the end of a range is not widened where rows are still there', () => {
    const since = { raw: clock('11:00:00'), '5m': clock('08:00:00') };
    expect(plan('06:03:20', '12:17:30', minute, { since })).toEqual({
      resolution: '1h',
      stepMicros: hour,
      from: clock('06:00:00'),
      to: clock('12:17:30'),
      segments: [
        segment('1h', '06:00:00', '12:00:00'),
        segment('5m', '12:00:00', '12:15:00'),
        segment('raw', '12:15:00', '12:17:30'),
      ],
    });
  });

  it('what is neither stored nor kept finer is left to the rollup to reckon', () => {
    const since = { raw: clock('11:00:00') };
    const stored = { '5m': clock('10:00:00'), '1h': clock('10:00:00') };
    expect(plan('06:00:00', '11:30:00', minute, { since, stored }).segments).toEqual([
      segment('5m', '06:00:00', '10:00:00'),
      segment('5m', '10:00:00', '11:30:00'),
    ]);
  });

  it('the widest buckets within, and narrower ones on both sides', () => {
    const stored = { '3h': clock('12:00:00') };
    expect(plan('05:50:00', '17:05:00', 3 * hour, { stored }).segments).toEqual([
      segment('5m', '05:50:00', '06:00:00'),
      segment('3h', '06:00:00', '12:00:00'),
      segment('1h', '12:00:00', '17:00:00'),
      segment('5m', '17:00:00', '17:05:00'),
    ]);
  });

  it('where nothing finer is kept any more, hours say what they have, whatever the step', () => {
    const since = { raw: clock('23:00:00'), '5m': clock('23:00:00') };
    expect(plan('06:00:00', '12:00:00', minute, { since })).toMatchObject({
      resolution: '1h',
      stepMicros: hour,
    });
    expect(plan('07:30:00', '12:00:00', 3 * hour, { since }).segments).toEqual([
      segment('1h', '07:00:00', '09:00:00'),
      segment('3h', '09:00:00', '12:00:00'),
    ]);
  });

  it('the last sample before it is looked for in all that is kept longer, as far as that is stored', () => {
    const places = (from: string, stored: Partial<Kept['stored']> = {}) => {
      const kept = { since: always, stored: { ...allStored, ...stored } };
      return beforeRange(plan(from, '12:00:00', 3 * hour), kept);
    };
    const place = (resolution: string, to: string) => ({ resolution, to: clock(to) });
    expect(places('05:52:00')).toEqual([
      place('raw', '05:52:00'),
      place('5m', '05:50:00'),
      place('1h', '05:00:00'),
    ]);
    expect(places('05:50:00', { '1h': clock('03:00:00') })).toEqual([
      place('5m', '05:50:00'),
      place('1h', '03:00:00'),
    ]);
    expect(places('05:52:00', { '5m': 0, '1h': 0 })).toEqual([place('raw', '05:52:00')]);
    expect(places('05:00:00')).toEqual([place('1h', '05:00:00')]);
    expect(places('06:00:00')).toEqual([place('3h', '06:00:00')]);
  });

  it('covers any range once, with buckets that divide the step and lie whole in their segment', () => {
    const moment = fc.integer({ min: 0, max: 40 * hour });
    const property = fc.property(
      fc.record({ from: moment, width: fc.integer({ min: 1, max: 40 * hour }) }),
      fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constantFrom(60, 300, 600, 3600, 7200, 10_800, 21_600)),
      fc.tuple(moment, moment).map((times) => times.toSorted((a, b) => a - b)),
      fc.record({ '5m': moment, '1h': moment, '3h': moment }),
      ({ from, width }, seconds, [fine = 0, raw = 0], marks) => {
        const asked = { from, to: from + width, stepMicros: seconds * 1e6 };
        const since = { raw, '5m': fine };
        const stored = byResolution((each) => marks[each] - (marks[each] % bucketMicros[each]));
        const found = planRange(asked, { since, stored });
        expect(found.from).toBeLessThanOrEqual(asked.from);
        expect(found.to).toBeGreaterThanOrEqual(asked.to);
        expect(found.stepMicros).toBeGreaterThanOrEqual(asked.stepMicros);
        const ends = found.segments.map(({ to }) => to);
        expect(found.segments.map(({ from: start }) => start)).toEqual([found.from, ...ends.slice(0, -1)]);
        expect(ends.at(-1)).toBe(found.to);
        for (const one of found.segments) {
          const bucket = bucketMicros[one.resolution];
          expect([found.stepMicros % bucket, one.from % bucket]).toEqual([0, 0]);
          expect(one.to).toBeGreaterThan(one.from);
          const { resolution } = one;
          const isKept =
            resolution === 'raw' || resolution === '5m' ? since[resolution] < one.from + bucket : true;
          expect(isKept).toBe(true);
          // Where a bucket is cut off, what it would have besides is not there yet.
          if (one.to % bucket !== 0) expect(one.to).toBe(found.to);
        }
      },
    );
    fc.assert(property, { numRuns: 2000 });
  });
});
