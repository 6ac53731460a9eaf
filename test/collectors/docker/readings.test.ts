import { describe, expect, it } from 'vitest';
import { agreeOnApi, isOlder } from '../../../src/collectors/docker/api-version.ts';
import { coresBetween, cpuSecondsOf } from '../../../src/collectors/docker/cpu-usage.ts';
import { describeEngine } from '../../../src/collectors/docker/engine.ts';
import { clockLead } from '../../../src/collectors/docker/engine-clock.ts';
import { readStatusText } from '../../../src/collectors/docker/status-text.ts';

describe('words beside a listed container', () => {
  it.each([
    ['Up Less than a second', 0, 1],
    ['Up 1 second', 0.5, 2],
    ['Up 59 seconds (health: starting)', 58.5, 60],
    ['Up About a minute', 30, 120],
    ['Up 42 minutes (Paused)', 41.5 * 60, 43 * 60],
    ['Up About an hour (healthy)', 1800, 7200],
    ['Up 47 hours', 46.5 * 3600, 48 * 3600],
    ['Up 13 days', 12.5 * 86_400, 14 * 86_400],
    ['Exited (0) 3 weeks ago', 2.5 * 7 * 86_400, 4 * 7 * 86_400],
    ['Exited (137) 5 months ago', 4.5 * 30 * 86_400, 6 * 30 * 86_400],
    ['Exited (255) 2 years ago', 1.5 * 365 * 86_400, 3 * 365 * 86_400],
  ])('%s: from %d to %d seconds', (text, minSeconds, maxSeconds) => {
    expect(readStatusText(text).age).toEqual({ minSeconds, maxSeconds });
  });

  it.each(['Created', 'Dead', 'Removal In Progress', ''])("'%s' tells no age", (text) => {
    expect(readStatusText(text)).toEqual({ exitCode: undefined, health: undefined, age: undefined });
  });

  it('has an exit code, and a verdict', () => {
    expect(readStatusText('Exited (137) 5 seconds ago').exitCode).toBe(137);
    expect(readStatusText('Restarting (1) 5 seconds ago').exitCode).toBe(1);
    expect(readStatusText('Up 5 seconds (unhealthy)').health).toBe('unhealthy');
    expect(readStatusText('Up 5 seconds (healthy)').health).toBe('healthy');
    expect(readStatusText('Up 5 seconds (health: starting)').health).toBe('starting');
  });
});

describe('CPU usage between two readings', () => {
  const at = (seconds: number, totalSeconds: number, engineSeconds = seconds) => ({
    readAt: engineSeconds * 1e6,
    totalNanos: totalSeconds * 1e9,
    sentMs: seconds * 1000 - 20,
    receivedMs: seconds * 1000,
  });

  it('is CPU time over time', () => {
    expect(coresBetween(at(100, 40), at(110, 45))).toBe(0.5);
    expect(coresBetween(at(100, 40), at(110, 40))).toBe(0);
  });

  it('is not known without a first reading, or where CPU time falls', () => {
    expect(coresBetween(undefined, at(110, 45))).toBeUndefined();
    expect(coresBetween(at(100, 40), at(110, 3))).toBeUndefined();
  });

  it('is not known from the same reading, or from two at nearly the same time', () => {
    expect(coresBetween(at(100, 40), at(101, 40, 100))).toBeUndefined();
    expect(coresBetween(at(100, 40), at(100.05, 40.02))).toBeUndefined();
  });

  it.each([
    ['forward', 60],
    ['back', -4],
    ['back beyond the first reading', -3600],
  ])("is not known when the engine's clock was set %s in between", (_, bySeconds) => {
    expect(coresBetween(at(100, 40), at(110, 45, 110 + bySeconds))).toBeUndefined();
  });
});

describe('CPU modes', () => {
  const traits = (kernelModeNanos: number | undefined) => ({
    hasFigures: true,
    kernelModeNanos,
    memory: undefined,
    network: undefined,
  });

  it('are as given where the unit is nanoseconds', () => {
    expect(cpuSecondsOf({ total: 42e9, kernelMode: 12e9, userMode: 30e9 }, traits(1))).toEqual({
      user: 30,
      system: 12,
    });
  });

  it('are worked out where kernel mode is in microseconds, if that fits the total', () => {
    const { user, system } = cpuSecondsOf(
      { total: 313_650_000, kernelMode: 296_696, userMode: 313_353_304 },
      traits(1000),
    );
    expect(user).toBeCloseTo(0.016954, 9);
    expect(system).toBeCloseTo(0.296696, 9);
    expect(cpuSecondsOf({ total: 1e9, kernelMode: 5e8, userMode: 5e8 }, traits(1000))).toEqual({});
  });

  it('are not known where a total stands beside two zeros, but one of them may be zero', () => {
    expect(cpuSecondsOf({ total: 42e9, kernelMode: 0, userMode: 0 }, traits(1))).toEqual({});
    expect(cpuSecondsOf({ total: 42e9, kernelMode: 0, userMode: 42e9 }, traits(1))).toEqual({
      user: 42,
      system: 0,
    });
  });

  it('are not known where the unit is not', () => {
    expect(cpuSecondsOf({ total: 42e9, kernelMode: 12e9, userMode: 30e9 }, traits(undefined))).toEqual({});
  });
});

describe('what is known of the figures of an engine', () => {
  const podman = (version: string, CgroupVersion: string | undefined) =>
    describeEngine(
      { Version: version, ApiVersion: '1.41', Components: [{ Name: 'Podman Engine', Version: version }] },
      CgroupVersion === undefined ? undefined : { CgroupVersion },
      '1.41',
    );

  it.each<[string, string | undefined, number | undefined, string | undefined, string | undefined]>([
    ['4.3.1', '2', 1000, undefined, undefined],
    ['4.3.1', '1', 1, 'usage', undefined],
    ['4.9.4-rhel', '2', 1000, undefined, 'on_bridges'],
    ['4.9.3', '1', 1, undefined, 'on_bridges'],
    ['5.2.5', '2', 1000, undefined, 'unless_shared'],
    ['5.6.0', '2', 1000, 'working_set', 'unless_shared'],
    ['5.8.2', undefined, undefined, 'working_set', 'unless_shared'],
    ['6.0.0-dev', '2', undefined, 'working_set', 'unless_shared'],
    ['development', '2', undefined, undefined, undefined],
  ])('Podman %s on cgroup v%s', (version, cgroups, kernelModeNanos, memory, network) => {
    const { name, traits } = podman(version, cgroups);
    expect(name).toBe('podman');
    expect(traits).toEqual({ hasFigures: true, kernelModeNanos, memory, network });
  });

  it('an engine without a list of components is Docker, whatever its version', () => {
    const engine = describeEngine({ Version: 'library-import', ApiVersion: '1.56' }, undefined, '1.56');
    expect(engine).toMatchObject({ name: 'docker', version: 'library-import', hostName: undefined });
    expect(engine.traits.memory).toBe('usage');
  });
});

describe('API versions', () => {
  it('are compared as numbers', () => {
    expect(isOlder('1.9', '1.10')).toBe(true);
    expect(isOlder('1.56', '1.56')).toBe(false);
    expect(isOlder('2.0', '1.56')).toBe(false);
  });

  it('the newest that both know is agreed on', () => {
    expect(agreeOnApi({ newest: '1.41', oldest: '1.12' })).toBe('1.41');
    expect(agreeOnApi({ newest: '1.99', oldest: undefined })).toBe('1.56');
    expect(agreeOnApi({ newest: '1.99', oldest: '1.60' })).toBe('1.60');
  });
});

describe("the engine's clock", () => {
  const atMs = Date.parse('2026-03-01T12:00:10.300Z');
  const leadOf = (date: string | undefined, tookMs = 0) => clockLead({ date, atMs, tookMs });

  it('agrees with ours within what its header can tell', () => {
    expect(leadOf('Sun, 01 Mar 2026 12:00:10 GMT')).toBe(0);
    expect(leadOf('Sun, 01 Mar 2026 12:00:09 GMT')).toBe(0);
    expect(leadOf(undefined)).toBe(0);
    expect(leadOf('yesterday')).toBe(0);
  });

  it('agrees with ours, though the answer took long', () => {
    expect(leadOf('Sun, 01 Mar 2026 12:00:05 GMT', 5000)).toBe(0);
    expect(leadOf('Sun, 01 Mar 2026 12:00:05 GMT', 500)).toBe(-4.55e6);
  });

  it('is ahead or behind', () => {
    expect(leadOf('Sun, 01 Mar 2026 13:00:10 GMT')).toBe(3600.2e6);
    expect(leadOf('Sun, 01 Mar 2026 11:00:10 GMT')).toBe(-3599.8e6);
    expect(leadOf('Sun, 01 Mar 2026 11:00:10 GMT', 10_000)).toBe(-3594.8e6);
  });
});
