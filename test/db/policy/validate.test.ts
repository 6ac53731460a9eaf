import { describe, expect, it } from 'vitest';
import { type Policy, refreshOf } from '../../../src/db/policy/policy.ts';
import { validatePolicy } from '../../../src/db/policy/validate.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/runtime/duration.ts';

const container = { name: 'container', rolledUp: true, chunkMs: dayMs };

function policyWith(change: Partial<Policy> = {}): Policy {
  return {
    relation: container,
    keepRaw: 7 * dayMs,
    keep5m: 30 * dayMs,
    keep1h: 365 * dayMs,
    compressAfter: 6 * dayMs,
    late: 5 * dayMs,
    ...change,
  };
}

const places = (...given: Parameters<typeof validatePolicy>): readonly string[] =>
  validatePolicy(...given).map(({ setting, severity }) => `${setting} ${severity}`);

describe('the validator of policies', () => {
  it('accepts the defaults', () => {
    expect(validatePolicy(policyWith())).toEqual([]);
  });

  it('B14: refuses a refresh that reaches past the end of what it reads', () => {
    const policy = policyWith();
    const refresh = refreshOf(policy);
    const [problem, ...others] = validatePolicy(policy, {
      ...refresh,
      '5m': { ...refresh['5m'], start: 30 * dayMs },
    });
    expect(others).toEqual([]);
    expect(problem).toEqual({
      severity: 'refused',
      relation: 'container',
      setting: 'raw',
      why: 'the rollup of 5m is refreshed 30d back, where raw rows kept for 7d are dropped already: the refresh would erase the rollup',
      mend: 'give raw at least 31d, or a shorter late (a day more than late is refreshed)',
    });
  });

  it('B14: to the moment, with one bucket and one schedule to spare', () => {
    const needed = 6 * dayMs + 10 * minuteMs;
    expect(places(policyWith({ keepRaw: needed, compressAfter: needed - dayMs }))).toEqual([]);
    expect(places(policyWith({ keepRaw: needed - 5 * minuteMs }))).toContain('raw refused');
  });

  it('B14: of the hourly rollup too, which is made from that of 5 minutes', () => {
    const needed = 6 * dayMs + 90 * minuteMs;
    const rawOf = 6 * dayMs + 10 * minuteMs;
    expect(places(policyWith({ keepRaw: rawOf, keep5m: needed }))).toEqual(['compress remark']);
    expect(places(policyWith({ keepRaw: rawOf, keep5m: needed - 5 * minuteMs }))).toEqual([
      '5m refused',
      'compress remark',
    ]);
  });

  it('B14: of that of 3 hours too, which is made from that of an hour', () => {
    const needed = 6 * dayMs + 4 * hourMs;
    const finer = { keepRaw: 6 * dayMs + 10 * minuteMs, keep5m: needed - hourMs };
    expect(places(policyWith({ ...finer, keep1h: needed }))).toEqual(['compress remark']);
    expect(places(policyWith({ ...finer, keep1h: needed - 5 * minuteMs }))).toEqual([
      '1h refused',
      'compress remark',
    ]);
  });

  it('B23: refuses to accept what no refresh would reach', () => {
    const policy = policyWith({ late: 3 * hourMs });
    const refresh = refreshOf(policy);
    const problems = validatePolicy(policy, { ...refresh, '5m': { ...refresh['5m'], start: hourMs } });
    expect(problems).toMatchObject([
      {
        setting: 'late',
        severity: 'refused',
        why: 'rows are accepted until they are 3h old, but rollups are refreshed only 1h back',
        mend: 'give late at most 1h',
      },
    ]);
  });

  it('B41: refuses a window that holds no two buckets', () => {
    const policy = policyWith();
    const refresh = refreshOf(policy);
    const narrow = { ...refresh['1h'], bucket: hourMs, start: hourMs, end: 0 };
    const problems = validatePolicy({ ...policy, late: hourMs }, { ...refresh, '1h': narrow });
    expect(problems).toMatchObject([
      {
        why: 'the window from 1h to 0m ago holds no two whole buckets of 1h, so that nothing would be refreshed',
      },
    ]);
    expect(
      places({ ...policy, late: hourMs }, { ...refresh, '1h': { ...narrow, start: 2 * hourMs } }),
    ).toEqual([]);
  });

  it('B92: refuses to compress what may still arrive', () => {
    expect(places(policyWith({ compressAfter: 5 * dayMs }))).toEqual(['compress refused']);
    expect(places(policyWith({ compressAfter: 5 * dayMs + 5 * minuteMs }))).toEqual([]);
  });

  it.each<[string, Partial<Policy>, string]>([
    ['a finer rollup that outlives a coarser one', { keep5m: 400 * dayMs }, '1h refused'],
    ['raw rows that outlive a rollup', { keepRaw: 31 * dayMs }, '5m refused'],
    ['nothing kept', { keepRaw: 0 }, 'raw refused'],
    ['what is shorter than nothing', { late: -hourMs }, 'late refused'],
    ['what is no multiple of the finest bucket', { compressAfter: 6 * dayMs + minuteMs }, 'compress refused'],
    ['what is no number', { keep1h: Number.NaN }, '1h refused'],
  ])('refuses %s', (_what, change, place) => {
    expect(places(policyWith(change))).toContain(place);
  });

  it.each(['keepRaw', 'keep5m', 'keep1h', 'compressAfter', 'late'] as const)(
    'refuses times that no clock tells: %s',
    (period) => {
      const limit = 1000 * 365 * dayMs;
      const problems = validatePolicy(policyWith({ [period]: limit + 5 * minuteMs }));
      expect(problems).toContainEqual(
        expect.objectContaining({ severity: 'refused', mend: 'give at most 1000y' }),
      );
      const most = { keepRaw: limit, keep5m: limit, keep1h: limit };
      expect(places(policyWith(most))).toEqual(['raw remark']);
    },
  );

  it('says when there would be more pieces than a server has locks for', () => {
    const two = { keepRaw: 730 * dayMs, keep5m: 730 * dayMs, keep1h: 730 * dayMs };
    expect(validatePolicy(policyWith(two))).toMatchObject([
      {
        setting: 'raw',
        severity: 'remark',
        why: expect.stringContaining('730 pieces'),
        mend: expect.stringContaining('max_locks_per_transaction'),
      },
    ]);
    const one = { keepRaw: 365 * dayMs, keep5m: 365 * dayMs };
    expect(places(policyWith(one))).toEqual([]);
  });

  it('accepts that all are kept for the same time', () => {
    expect(places(policyWith({ keepRaw: 30 * dayMs, keep1h: 30 * dayMs }))).toEqual([]);
  });

  it('says that chunks which are dropped at once are compressed for nothing', () => {
    expect(validatePolicy(policyWith({ compressAfter: 6 * dayMs + hourMs }))).toMatchObject([
      { setting: 'compress', severity: 'remark', mend: 'give raw at least 8d, or live without compression' },
    ]);
  });

  it('asks of a table without rollups only that it keeps what it accepts', () => {
    const points = { name: 'number_point', rolledUp: false, chunkMs: dayMs };
    const policy = policyWith({ relation: points, keep5m: undefined, keep1h: undefined });
    expect(places(policy)).toEqual([]);
    expect(places({ ...policy, keepRaw: 5 * dayMs, compressAfter: 6 * dayMs })).toEqual([
      'late refused',
      'compress remark',
    ]);
  });
});
