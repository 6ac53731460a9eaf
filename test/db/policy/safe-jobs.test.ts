import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byResolution, type Resolution, resolutions } from '../../../src/catalog/rollup.ts';
import { heldDrops } from '../../../src/db/policy/held-drops.ts';
import { type Job, jobsOf } from '../../../src/db/policy/jobs.ts';
import { type Policy, refreshOf } from '../../../src/db/policy/policy.ts';
import { refusalsOf } from '../../../src/db/policy/validate.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';

const relation = { name: 'container', rolledUp: true, chunkMs: dayMs };
const bucketOf = { '5m': 5 * minuteMs, '1h': hourMs, '3h': 3 * hourMs } as const;

/** What TimescaleDB is told to do to a relation, by kind and by what it is done to. */
function timesOf(policy: Policy): (kind: Job['kind'], of: 'raw' | Resolution) => Job {
  const aggregates = byResolution((resolution) => [`telemetry_data.container_${resolution}_1`]);
  const jobs = jobsOf({ policy, aggregates, filled: byResolution(() => true) });
  return (kind, of) => {
    const name = of === 'raw' ? 'telemetry.container' : aggregates[of][0];
    const found = jobs.find((job) => job.kind === kind && job.of === name);
    if (found === undefined) throw new Error(`no job to ${kind} ${name}`);
    return found;
  };
}

/** The furthest back that a refresh may look in one of its runs: its window is widened to whole buckets, and the run may be due for a while. */
function reachOf(job: Job, bucket: number): number {
  return (job.until ?? Number.NaN) + bucket + (job.every ?? Number.NaN);
}

const period = (longestDays: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 1, max: 600 }).map((grains) => grains * 5 * minuteMs),
    fc.integer({ min: 1, max: longestDays * 24 }).map((hours) => hours * hourMs),
  );

/** Settings of all kinds, those that a hair's breadth parts from being refused among them. */
const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    late: period(20),
    compress: period(30),
    raw: fc.oneof(period(40), fc.constant(0)),
    fine: fc.oneof(period(60), fc.constant(0)),
    coarse: fc.oneof(period(400), fc.constant(0)),
    slack: fc.integer({ min: -2, max: 30 }).map((grains) => grains * 5 * minuteMs),
  })
  .map(({ late, compress, raw, fine, coarse, slack }) => {
    const keepRaw = raw || late + dayMs + slack;
    const keep5m = fine || Math.max(keepRaw, late + dayMs + hourMs + slack);
    const keep1h = coarse || Math.max(keep5m, late + dayMs + 4 * hourMs + slack);
    return { relation, late, compressAfter: compress, keepRaw, keep5m, keep1h };
  });

const accepted = anyPolicy.filter((policy) => refusalsOf(policy).length === 0);

describe('of every policy that is not refused', () => {
  it('B99: nothing is dropped that a refresh, however late it runs, still looks at', () => {
    fc.assert(
      fc.property(accepted, (policy) => {
        const job = timesOf(policy);
        expect(reachOf(job('refresh', '5m'), bucketOf['5m'])).toBeLessThanOrEqual(job('drop', 'raw').after);
        expect(reachOf(job('refresh', '1h'), bucketOf['1h'])).toBeLessThanOrEqual(job('drop', '5m').after);
        expect(reachOf(job('refresh', '3h'), bucketOf['3h'])).toBeLessThanOrEqual(job('drop', '1h').after);
      }),
    );
  });

  it('B99: nothing is dropped before what is made of it, nor before it was ever refreshed', () => {
    fc.assert(
      fc.property(accepted, (policy) => {
        const job = timesOf(policy);
        expect(job('drop', 'raw').after).toBeLessThanOrEqual(job('drop', '5m').after);
        expect(job('drop', '5m').after).toBeLessThanOrEqual(job('drop', '1h').after);
        for (const resolution of resolutions) {
          const { until = 0, after } = job('refresh', resolution);
          expect(until - after).toBeGreaterThanOrEqual(2 * bucketOf[resolution]);
        }
      }),
    );
  });

  it('no drop waits for a rollup that is as far as rounds keep it, and each does for one that has stopped', () => {
    const now = 1000 * dayMs;
    const aggregates = byResolution((resolution) => [`telemetry_data.container_${resolution}_1`]);
    const table = { relation: 'container', name: 'container', qualified: 'telemetry.container', days: 1 };
    const raw = { table: { ...table, resolution: 'raw' }, kind: 'hypertable' } as const;
    const place = { relation, raw, aggregates, rollups: byResolution(() => undefined) };
    fc.assert(
      fc.property(accepted, (policy) => {
        const jobs = jobsOf({ policy, aggregates, filled: byResolution(() => true) });
        const heldBy = (filledOf: (resolution: Resolution) => number) => {
          const states = new Map(
            resolutions.map((each) => [`container ${each}`, { until: now, filled: filledOf(each) }]),
          );
          return [...heldDrops(jobs, { place, states, now }).keys()];
        };
        const refresh = refreshOf(policy);
        expect(
          heldBy((each) => now - refresh[each].end - 2 * refresh[each].schedule - 2 * bucketOf[each]),
        ).toEqual([]);
        const kept = { '5m': policy.keepRaw, '1h': policy.keep5m ?? 0, '3h': policy.keep1h ?? 0 };
        expect(heldBy((each) => now - kept[each])).toHaveLength(3);
      }),
    );
  });

  it('B93: no chunk is compressed that a row may still go into, or a refresh still writes to', () => {
    fc.assert(
      fc.property(accepted, (policy) => {
        const job = timesOf(policy);
        expect(job('compress', 'raw').after).toBeGreaterThan(policy.late);
        for (const resolution of resolutions)
          expect(job('compress', resolution).after).toBeGreaterThanOrEqual(
            reachOf(job('refresh', resolution), bucketOf[resolution]),
          );
      }),
    );
  });

  it('B23: whatever is accepted lies within what is refreshed', () => {
    fc.assert(
      fc.property(accepted, (policy) => {
        for (const { start } of Object.values(refreshOf(policy))) expect(start).toBeGreaterThan(policy.late);
      }),
    );
  });
});

describe('settings in which compression meets what comes late, or the end comes before the rollup', () => {
  const safe: Policy = {
    relation,
    late: 5 * dayMs,
    compressAfter: 6 * dayMs,
    keepRaw: 7 * dayMs,
    keep5m: 30 * dayMs,
    keep1h: 365 * dayMs,
  };
  const snapshot = { name: 'snapshot', rolledUp: false, chunkMs: 28 * dayMs };

  it.each<[string, Partial<Policy>, RegExp]>([
    [
      'B93: compressed as soon as accepted',
      { compressAfter: 5 * dayMs },
      /compressed after 5d.*more than 5d/,
    ],
    ['B93: compressed within an hour', { compressAfter: hourMs }, /compressed after 1h/],
    [
      'B93: accepted longer than compressed',
      { late: 8 * dayMs, keepRaw: 30 * dayMs },
      /until they are 8d old/,
    ],
    ['B99: gone as soon as refreshed', { keepRaw: 6 * dayMs }, /refreshed 6d back.*at least 7d/],
    ['B99: gone before accepted rows', { keepRaw: 4 * dayMs }, /where raw rows kept for 4d are dropped/],
    [
      'B99: gone before hours are made of it',
      { keepRaw: 6 * dayMs + 10 * minuteMs, keep5m: 6 * dayMs + hourMs },
      /rollup of 1h is refreshed 6d back/,
    ],
    [
      'B99: gone within the lag of a rollup',
      { keepRaw: 5 * minuteMs, late: 5 * minuteMs },
      /refresh would erase/,
    ],
    ['B99: a rollup gone before its rows', { keep5m: 5 * dayMs }, /gone before what it is made from/],
    ['B99: hours gone before minutes', { keep1h: 29 * dayMs }, /gone before what it is made from/],
    ['B99: events gone while accepted', { relation: snapshot, keepRaw: 5 * dayMs }, /kept for 5d only/],
  ])('%s: refused with the reason and a mend', (_what, change, words) => {
    const refusals = refusalsOf({ ...safe, ...change });
    expect(refusals.map(({ why, mend }) => `${why}; ${mend}`).join('\n')).toMatch(words);
  });
});
