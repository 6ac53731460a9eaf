import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Collected } from '../../src/collectors/collector.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { collectorOf, found, rowOf, serviceOf } from './fakes.ts';

const valuesOf = (snapshot: Snapshot, entity: string, collector?: string) =>
  snapshot.rows.find(
    (row) =>
      row.entity === entity && (collector === undefined || row.identity['ciris.collector'] === collector),
  )?.values;

describe('a snapshot', () => {
  it('holds the rows of every collector and an outcome for each', async () => {
    const { service, clock } = serviceOf([
      collectorOf('one', async () => found(rowOf('container', 'a'))),
      collectorOf('two', async () => found(rowOf('server', 'b'))),
    ]);
    const snapshot = await service.collectNow();
    expect(snapshot.rows.map(({ entity }) => entity)).toEqual([
      'container',
      'server',
      'fleet',
      'collector',
      'collector',
      'exporter',
    ]);
    expect(snapshot.outcomes).toMatchObject([
      { collector: 'one', ok: true, rows: 1 },
      { collector: 'two', ok: true, rows: 1 },
    ]);
    expect(snapshot.time).toBe(clock.ms * 1000);
    expect(snapshot.sequence).toBe(1);
    expect(snapshot.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Object.isFrozen(snapshot.rows)).toBe(true);
  });

  it('loses only the rows of a collector that throws, and says why (B13)', async () => {
    const { service, logger } = serviceOf([
      collectorOf('broken', () => Promise.reject(new Error('no socket'))),
      collectorOf('sound', async () => found(rowOf('container', 'a'))),
    ]);
    const snapshot = await service.collectNow();
    expect(snapshot.rows[0]).toMatchObject({ entity: 'container' });
    expect(valuesOf(snapshot, 'collector', 'broken')).toMatchObject({ up: 0, failures: 1 });
    expect(valuesOf(snapshot, 'collector', 'broken')).not.toHaveProperty('lastSuccess');
    expect(valuesOf(snapshot, 'collector', 'sound')).toMatchObject({ up: 1, failures: 0 });
    expect(snapshot.outcomes[0]).toMatchObject({ ok: false, errorType: 'internal' });
    expect(logger.lines).toEqual(['warn collector broken failed: no socket']);
  });

  it.each<[what: string, given: unknown, ok: boolean, words: RegExp]>([
    ['nothing', undefined, false, /^collector odd failed: what it gave has no lists/],
    ['rows that are no list', { rows: {}, problems: [] }, false, /no lists of rows and problems/],
    ['no problems', { rows: [] }, false, /no lists of rows and problems/],
    [
      'rows that are none',
      { rows: [null, {}, { ...rowOf('a', 'b'), states: null }], problems: [] },
      true,
      /\(3\)/,
    ],
    [
      'figures that are none',
      { rows: [rowOf('a', 'b', { values: { up: Number.NaN } })], problems: [] },
      true,
      /\(1\)/,
    ],
    ['problems that are none', { rows: [], problems: [{ kind: 'odd', message: 'm' }, 7] }, true, /\(2\)/],
    ['a failure that is none', { rows: [], problems: [], failure: 'no' }, false, /does not say readably why/],
  ])('loses only what one collector gives wrong: %s', async (_, given, ok, words) => {
    const { service, logger } = serviceOf([
      collectorOf('odd', async () => Object(given ?? 0)),
      collectorOf('good', async () => found(rowOf('server', 'main'))),
    ]);
    const { rows, outcomes } = await service.collectNow();
    expect(rows.filter(({ entity }) => entity === 'server' || entity === 'a')).toEqual([
      rowOf('server', 'main'),
    ]);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([ok, true]);
    expect([outcomes[0]?.message, ...(outcomes[0]?.problems ?? [])].join()).toMatch(words);
    expect(logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('does not wait for a collector that never returns (B12)', async () => {
    const { service } = serviceOf([
      collectorOf('hangs', () => new Promise(() => {})),
      collectorOf('sound', async () => found(rowOf('container', 'a'))),
    ]);
    const snapshot = await service.collectNow();
    expect(snapshot.outcomes[0]).toMatchObject({ collector: 'hangs', ok: false, errorType: 'timeout' });
    expect(snapshot.outcomes[0]?.message).toContain('--collect-timeout');
    expect(snapshot.rows.some(({ entity }) => entity === 'container')).toBe(true);
  });

  it('takes a budget that is no whole number of milliseconds', async () => {
    const { service } = serviceOf([collectorOf('docker', async () => found())], {
      budgetMs: 7.7 * 0.9 * 1000,
    });
    expect((await service.collectNow()).outcomes).toMatchObject([{ ok: true }]);
  });

  it('keeps the rows that come with a failure: up 0 is a row', async () => {
    const down: Collected = {
      rows: [rowOf('server', 'a', { values: { up: 0 } })],
      problems: [],
      failure: { type: 'connection_refused', message: 'start the engine' },
    };
    const { service } = serviceOf([collectorOf('docker', async () => down)]);
    const snapshot = await service.collectNow();
    expect(valuesOf(snapshot, 'server')).toEqual({ up: 0 });
    expect(valuesOf(snapshot, 'fleet')).toMatchObject({ serversUp: 0, serversDown: 1 });
  });

  it('sums the fleet up over what was found', async () => {
    const { service } = serviceOf([
      collectorOf('docker', async () =>
        found(
          rowOf('server', 'a', { values: { up: 1 } }),
          rowOf('container', 'a', { states: { state: 'running' } }),
          rowOf('container', 'b', { states: { state: 'running' } }),
          rowOf('container', 'c', { states: { state: 'exited' } }),
        ),
      ),
    ]);
    expect(valuesOf(await service.collectNow(), 'fleet')).toMatchObject({
      serversUp: 1,
      serversDown: 0,
      containersRunning: 2,
      containersExited: 1,
      containersDead: 0,
    });
  });

  it('counts problems by kind without failing the collector', async () => {
    const { service, logger } = serviceOf([
      collectorOf('docker', async () => ({
        rows: [],
        problems: [
          { kind: 'timeout', message: 'stats of a' },
          { kind: 'parse', message: 'blkio of b' },
        ],
      })),
    ]);
    await service.collectNow();
    const second = await service.collectNow();
    expect(valuesOf(second, 'collector')).toMatchObject({
      up: 1,
      failures: 0,
      problemsTimeout: 2,
      problemsParse: 2,
      problemsOther: 0,
    });
    expect(logger.lines).toEqual(['warn 2 reads failed, one of them: stats of a']);
  });
});

it('logs a read that fails by its own words, and what fails now and then once', async () => {
  const messages = ['stats of a', 'stats of b', undefined, 'stats of c', undefined, 'stats of d'];
  const { service, logger, clock } = serviceOf([
    collectorOf('docker', async () => {
      const message = messages.shift();
      return { rows: [], problems: message === undefined ? [] : [{ kind: 'timeout', message }] };
    }),
  ]);
  for (const minutes of [0, 1, 1, 1, 8, 8]) {
    clock.ms += minutes * 60_000;
    await service.collectNow();
  }
  expect(logger.lines).toEqual(['warn a read failed: stats of a', 'warn a read failed: stats of d']);
});

describe('the service', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('logs once when a source fails, once when it fails otherwise, once when it is back', async () => {
    const answers = [
      'connection_refused',
      'connection_refused',
      'permission_denied',
      // One that fails now so, now so, does not fill the log.
      'connection_refused',
      'permission_denied',
      undefined,
      undefined,
    ] as const;
    let round = 0;
    const { service, logger } = serviceOf([
      collectorOf('docker', async () => {
        const type = answers[round++];
        return type === undefined
          ? found()
          : { rows: [], problems: [], failure: { type, message: `${type}: do this` } };
      }),
    ]);
    for (const _ of answers) await service.collectNow();
    expect(logger.lines).toEqual([
      'warn connection_refused: do this',
      'warn permission_denied: do this',
      'info collector docker reads its source again',
    ]);
  });

  it('joins the snapshot under way when asked for one', async () => {
    let collections = 0;
    const { service } = serviceOf([
      collectorOf('docker', async () => {
        collections += 1;
        return found();
      }),
    ]);
    const [first, second] = await Promise.all([service.collectNow(), service.collectNow()]);
    expect(first).toBe(second);
    expect(collections).toBe(1);
  });

  it('tells its subscribers, and goes on when one of them throws', async () => {
    const { service, logger } = serviceOf([]);
    const seen: number[] = [];
    service.subscribe(() => {
      throw new Error('full');
    });
    service.subscribe(async () => {
      throw new Error('later');
    });
    const leave = service.subscribe(({ sequence }) => seen.push(sequence));
    await service.collectNow();
    leave();
    await service.collectNow();
    await setImmediate();
    expect(seen).toEqual([1]);
    expect(logger.lines).toEqual(Array(4).fill('error a subscriber failed on a snapshot'));
  });

  it('gives no two snapshots the same time', async () => {
    const { service } = serviceOf([]);
    const first = await service.collectNow();
    const second = await service.collectNow();
    expect(second.time).toBe(first.time + 1);
  });

  it('gives none the time of an earlier one after the clock was set back', async () => {
    const { service, clock } = serviceOf([]);
    const times: number[] = [];
    for (const change of [0, 60_000, -60_000, 60_000, -60_000, 60_000]) {
      clock.ms += change;
      times.push((await service.collectNow()).time);
    }
    expect(new Set(times).size).toBe(6);
    expect(new Set(times.map((time) => Math.floor(time / 1000))).size).toBe(2);
  });

  it('shows a gap instead of a frozen snapshot', async () => {
    const { service, clock } = serviceOf([collectorOf('docker', async () => found(rowOf('container', 'a')))]);
    expect(service.freshRows()).toEqual([]);
    await service.collectNow();
    clock.ms += 30_000;
    expect(service.freshRows()).not.toEqual([]);
    clock.ms += 1_000;
    expect(service.freshRows()).toEqual([]);
  });

  it('shows no frozen snapshot where the clock was set back, nor after a sleep', async () => {
    const clock = { ms: 1_772_366_410_000, awakeMs: 0, now: () => clock.ms, monotonic: () => clock.awakeMs };
    const { service } = serviceOf([collectorOf('docker', async () => found(rowOf('container', 'a')))], {
      clock,
    });
    await service.collectNow();
    clock.ms -= 3_600_000;
    clock.awakeMs += 30_000;
    expect(service.freshRows()).not.toEqual([]);
    clock.awakeMs += 1_000;
    expect(service.freshRows()).toEqual([]);
    await service.collectNow();
    expect(service.freshRows()).not.toEqual([]);
    clock.ms += 3_600_000;
    expect(service.freshRows()).toEqual([]);
  });

  it('ticks at once and then on multiples of the interval, skipping while one is under way', async () => {
    vi.useFakeTimers({ now: 1_772_366_413_000 });
    let release = (): void => {};
    let collections = 0;
    const docker = collectorOf('docker', () => {
      collections += 1;
      return collections === 2
        ? new Promise((resolve) => (release = () => resolve(found())))
        : Promise.resolve(found());
    });
    const { service } = serviceOf([docker], {
      budgetMs: 60_000,
      clock: { now: Date.now, monotonic: Date.now },
    });
    const times: number[] = [];
    service.subscribe(({ time }) => times.push(time / 1e6));
    service.start();
    await vi.advanceTimersByTimeAsync(28_000);
    expect(times).toEqual([1_772_366_413]);
    release();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(times).toEqual([1_772_366_413, 1_772_366_420, 1_772_366_450]);
    expect(service.latest()?.rows.find(({ entity }) => entity === 'exporter')?.values).toMatchObject({
      snapshots: 3,
      snapshotsSkipped: 2,
    });
    await service.stop();
  });

  it('does not publish what was half read when it stops', async () => {
    const { service } = serviceOf([collectorOf('docker', () => new Promise(() => {}))], { budgetMs: 60_000 });
    const seen: Snapshot[] = [];
    service.subscribe((snapshot) => seen.push(snapshot));
    service.start();
    await service.stop();
    expect(seen).toEqual([]);
    expect(service.latest()).toBeUndefined();
  });
});
