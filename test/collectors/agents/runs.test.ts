import { describe, expect, it } from 'vitest';
import { CounterRun } from '../../../src/collectors/agents/counter-run.ts';
import { ProcessRun } from '../../../src/collectors/agents/process-run.ts';
import { serviceName } from '../../../src/collectors/agents/service-figures.ts';
import { StateWatch } from '../../../src/collectors/agents/state-watch.ts';

const heard = (atMs: number, uptimeSeconds: number | undefined, version = '1') => ({
  uptimeSeconds,
  version,
  saidAt: undefined,
  receivedMs: atMs,
  receivedMonotonicMs: atMs,
});

/** Heard with what the clock of the agent says, in ms. */
const dated = (atMs: number, uptimeSeconds: number, agentMs: number) => ({
  ...heard(atMs, uptimeSeconds),
  saidAt: agentMs * 1000,
});

describe('a process', () => {
  it('keeps the start that was first reckoned, however its answers jitter', () => {
    const run = new ProcessRun();
    run.see(heard(1_000_000, 100));
    expect([run.see(heard(1_010_400, 110)), run.see(heard(1_019_000, 119.9))]).toEqual([false, false]);
    expect(run.start).toBe(900_000_000);
  });

  it.each([
    ['began after it was last heard', heard(1_010_000, 3)],
    ['began long ago, and still after it was last heard', heard(4_600_000, 3000)],
    ['is of another version', heard(1_010_000, 110, '2')],
  ])('is another when it %s', (_, next) => {
    const run = new ProcessRun();
    run.see(heard(1_000_000, 1000));
    expect(run.see(next)).toBe(true);
    expect(run.start).toBe((next.receivedMs - (next.uptimeSeconds ?? 0) * 1000) * 1000);
  });

  it('that has just begun is the same a moment later, and after a restart another', () => {
    const run = new ProcessRun();
    run.see(heard(1_000_000, 0.5));
    expect(run.see(heard(1_010_000, 10.4))).toBe(false);
    expect(run.see(heard(1_020_000, 9.9))).toBe(true);
  });

  it('has the same start for whoever reckons it, to the second, where its clock is near to ours', () => {
    const starts = [
      dated(1_000_400, 100.25, 1_000_350),
      dated(1_060_030, 160.2508, 1_060_350),
      dated(1_903_000, 1000.2501, 1_900_350),
    ].map((sighting) => {
      const run = new ProcessRun();
      run.see(sighting);
      return run.start;
    });
    expect(starts).toEqual([900_000_000, 900_000_000, 900_000_000]);
  });

  it('has a start by our clock where its own is far from ours', () => {
    const run = new ProcessRun();
    run.see(dated(1_000_000, 100, 9_000_000));
    expect(run.start).toBe(900_000_000);
  });

  it.each([
    ['back, near to its start', dated(1_010_000, 3, 3000)],
    ['ahead', dated(1_010_000, 5010, 5_010_000)],
  ])('goes on when its clock is set %s, and its uptime with it', (_, next) => {
    const run = new ProcessRun();
    run.see(dated(1_000_000, 1000, 1_000_000));
    expect(run.see(next)).toBe(false);
    expect(run.start).toBe(0);
  });

  it('goes on when its clock is set, and its uptime does not follow', () => {
    const run = new ProcessRun();
    run.see(dated(1_000_000, 1000, 1_000_000));
    expect(run.see(dated(1_010_000, 1010.4, 4_610_000))).toBe(false);
  });

  it('is another when one that began at another time answers at its address', () => {
    const run = new ProcessRun();
    run.see(dated(1_000_000, 100, 1_000_000));
    expect(run.see(dated(1_010_000, 810, 1_010_000))).toBe(true);
    expect(run.start).toBe(200_000_000);
    expect(run.see(dated(1_020_000, 120, 1_020_000))).toBe(true);
    expect(run.start).toBe(900_000_000);
  });

  it('tells when its clock was seen to be set', () => {
    const run = new ProcessRun();
    run.see(dated(1_000_000, 1000, 1_000_000));
    run.see(dated(1_010_000, 1010, 1_010_900));
    expect(run.clockSetMs).toBeUndefined();
    run.see(dated(1_020_000, 1020, 1_060_000));
    run.see(dated(1_030_000, 1030, 1_070_000));
    expect(run.clockSetMs).toBe(1_020_000);
    run.see(dated(1_040_000, 2, 1_040_000));
    expect(run.clockSetMs).toBeUndefined();
  });

  it('tells how long it has been up, by our clock for durations', () => {
    const run = new ProcessRun();
    expect(run.uptimeAt(5)).toBeUndefined();
    run.see(heard(1_000_000, 100));
    run.see(heard(1_005_000, undefined));
    expect(run.uptimeAt(1_010_000)).toBe(110);
  });

  it('that does not say since when has no start until it does', () => {
    const run = new ProcessRun();
    run.see(heard(1_000_000, undefined));
    expect(run.start).toBeUndefined();
    expect(run.see(heard(1_010_000, 50))).toBe(false);
    expect(run.start).toBe(960_000_000);
  });
});

describe('counts', () => {
  const counts = (a: number, b: number) => new Map([...Object.entries({ a, b })]);

  it('share the start of their process while they grow', () => {
    const run = new CounterRun<string>();
    expect(run.read(counts(1, 5), 100, 10)).toEqual({ counts: counts(1, 5), start: 10 });
    expect(run.read(counts(2, 5), 200, 10)).toEqual({ counts: counts(2, 5), start: 10 });
  });

  it('begin anew together when one falls, at the reading before', () => {
    const run = new CounterRun<string>();
    run.read(counts(9, 5), 100, 10);
    expect(run.read(counts(2, 7), 200, 10)).toEqual({ counts: counts(2, 2), start: 100 });
    expect(run.read(counts(3, 8), 300, 10)).toEqual({ counts: counts(3, 3), start: 100 });
    expect(run.read(counts(1, 9), 400, 10)).toEqual({ counts: counts(1, 1), start: 300 });
  });

  it('never begin after they were read, and keep the start that they then have', () => {
    const run = new CounterRun<string>();
    expect(run.read(counts(0, 0), 100, 101).start).toBe(100);
    expect(run.read(counts(0, 0), 200, 101).start).toBe(100);
  });

  it('have one start after our clock was set back before it', () => {
    const run = new CounterRun<string>();
    run.read(counts(1, 1), 10_000, 9000);
    expect(run.read(counts(2, 1), 500, 9000).start).toBe(500);
    expect(run.read(counts(3, 1), 600, 9000)).toEqual({ counts: counts(3, 1), start: 500 });
  });
});

describe('the cognitive state', () => {
  it('has no age before it was seen to change', () => {
    const watch = new StateWatch();
    expect(watch.see('work', 500, 1e3)).toBe('work');
    expect(watch.secondsSince(9e3)).toBeUndefined();
    watch.see('dream', 510, 11e3);
    expect(watch.secondsSince(15e3)).toBe(4);
  });

  it('goes on through readings that do not say it', () => {
    const watch = new StateWatch();
    watch.see('wakeup', 100, 0);
    watch.see('work', 110, 10e3);
    watch.see('unknown', 120, 20e3);
    watch.see('work', 130, 30e3);
    expect(watch.secondsSince(30e3)).toBe(20);
  });

  it('is not shutdown before a process that has just begun had another', () => {
    const watch = new StateWatch();
    expect(watch.see('shutdown', 4, 0)).toBe('unknown');
    expect(watch.see('work', 10, 6e3)).toBe('work');
    expect(watch.see('shutdown', 20, 16e3)).toBe('shutdown');
    expect(new StateWatch().see('shutdown', 70, 0)).toBe('shutdown');
  });
});

it.each([
  ['ServiceType.TOOL_coretool_139715979904464_766128', 'TOOL_coretool'],
  ['ServiceType.WISE_AUTHORITY_authentication_080432', 'WISE_AUTHORITY_authentication'],
  ['ServiceType.TOOL_api_tool', 'TOOL_api_tool'],
  ['llm_bus', 'llm_bus'],
  ['TOOL_openai_123456', 'TOOL_openai'],
  ['worker_2024', 'worker_2024'],
])('the service %s is called %s', (key, name) => {
  expect(serviceName(key)).toBe(name);
});
