import { afterEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../../src/collectors/collector.ts';
import { createDockerCollector } from '../../../src/collectors/docker/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { FakeEngine } from './fake-engine.ts';
import { containersOf } from './support.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const id = 'a'.repeat(64);
const noon = Date.parse('2026-03-01T12:00:00Z');
const hour = 3600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
/** Engines say the year 1 where something never happened. */
const isoOrNever = (ms: number | undefined): string => (ms === undefined ? '0001-01-01T00:00:00Z' : iso(ms));

interface Scene {
  /** Of our clock. */
  nowMs: number;
  /** How far the engine's clock is ahead of it. */
  leadMs: number;
  /** By the engine's clock. */
  startedMs: number;
  createdMs?: number;
  finishedMs?: number;
  hasFigures: boolean;
  /** Whether the engine ends every connection. */
  isAway?: boolean;
}

/** One container with a healthcheck that the list says nothing of, so that its details are asked for each time. */
async function watch(scene: Scene): Promise<Collector> {
  const engine = await FakeEngine.start(({ path }) => {
    if (scene.isAway === true) return 'reset';
    const headers = { Date: new Date(scene.nowMs + scene.leadMs).toUTCString() };
    const answers: Record<string, unknown> = {
      '/version': { Version: '28.0.0', ApiVersion: '1.48' },
      '/info': { Name: 'host-a', MemTotal: 16e9 },
      '/containers/json': [{ Id: id, Names: ['/a'], State: 'running', Status: 'Up a while' }],
      [`/containers/${id}/json`]: {
        Created: isoOrNever(scene.createdMs),
        State: {
          Status: 'running',
          StartedAt: iso(scene.startedMs),
          FinishedAt: isoOrNever(scene.finishedMs),
          Health: { Status: 'healthy' },
        },
        Config: { Healthcheck: { Test: ['CMD', 'true'] } },
      },
      [`/containers/${id}/stats`]: scene.hasFigures
        ? {
            read: iso(scene.nowMs + scene.leadMs),
            cpu_stats: { cpu_usage: { total_usage: 2e9, usage_in_kernelmode: 1e9, usage_in_usermode: 1e9 } },
          }
        : '',
    };
    return { headers, body: answers[path] };
  });
  const clock = { now: () => scene.nowMs, monotonic: () => scene.nowMs };
  const collector = createDockerCollector({ dockerHost: engine.host }, { clock, logger: silentLogger });
  open.push({ close: () => engine.stop() }, collector);
  return collector;
}

const collectAt = async (collector: Collector, ms: number) => {
  const signal = new AbortController().signal;
  const [row] = containersOf(await collector.collect({ time: ms * 1000, budgetMs: 60_000, signal }));
  return row;
};

describe('an engine whose clock is an hour ahead of ours', () => {
  const scene = (): Scene => ({
    nowMs: noon,
    leadMs: hour,
    startedMs: noon + hour - 60_000,
    hasFigures: true,
  });

  it('gives starts by our clock, within the half second that its header leaves open, and exact uptimes', async () => {
    const row = await collectAt(await watch(scene()), noon);
    expect(Math.abs((row?.start ?? 0) / 1000 - (noon - 60_000))).toBeLessThanOrEqual(1000);
    expect(row?.values.uptime).toBe(60);
  });

  it('gives the same start each time', async () => {
    const moving = scene();
    const collector = await watch(moving);
    const first = await collectAt(collector, noon);
    moving.nowMs += 10_700;
    const second = await collectAt(collector, moving.nowMs);
    expect(second?.start).toBe(first?.start);
    expect(second?.values.cpuUsage).toBe(0);
  });

  it('gives the same start after an outage', async () => {
    const moving = scene();
    const collector = await watch(moving);
    const first = await collectAt(collector, noon);
    moving.isAway = true;
    moving.nowMs += 10_000;
    expect(await collectAt(collector, moving.nowMs)).toBeUndefined();
    moving.isAway = false;
    moving.nowMs += 10_700;
    expect((await collectAt(collector, moving.nowMs))?.start).toBe(first?.start);
  });

  it('gives an uptime by our clock where it gives no figures', async () => {
    const row = await collectAt(await watch({ ...scene(), hasFigures: false }), noon);
    expect(row?.values.uptime).toBeGreaterThan(58);
    expect(row?.values.uptime).toBeLessThan(62);
  });
});

describe('an engine whose clock agrees with ours', () => {
  it('gives starts as they are', async () => {
    const scene = { nowMs: noon, leadMs: 300, startedMs: noon - 60_000, hasFigures: true };
    expect((await collectAt(await watch(scene), noon))?.start).toBe((noon - 60_000) * 1000);
  });

  it('gives when a container was made, started and ended before', async () => {
    const times = { createdMs: noon - 90_000, finishedMs: noon - 70_000, startedMs: noon - 60_000 };
    const row = await collectAt(await watch({ nowMs: noon, leadMs: 0, ...times, hasFigures: false }), noon);
    const [createdAt, finishedAt, startedAt] = Object.values(times).map((ms) => ms / 1000);
    expect(row?.values).toMatchObject({ createdAt, finishedAt, startedAt });
  });

  it('gives no end of a container that never ended', async () => {
    const scene = { nowMs: noon, leadMs: 0, startedMs: noon - 60_000, hasFigures: false };
    const row = await collectAt(await watch(scene), noon);
    expect(row?.values).toMatchObject({ startedAt: noon / 1000 - 60 });
    expect(row?.values).not.toHaveProperty('finishedAt');
  });

  it('may start a container after the snapshot was begun: its figures are left to the next one', async () => {
    const scene = { nowMs: noon, leadMs: 0, startedMs: noon + 200, hasFigures: true };
    const collector = await watch(scene);
    const first = await collectAt(collector, noon);
    expect(first?.states.state).toBe('running');
    expect(first?.start).toBeUndefined();
    expect(first?.values).toEqual({});
    scene.nowMs += 10_000;
    const second = await collectAt(collector, scene.nowMs);
    expect(second?.start).toBe((noon + 200) * 1000);
    expect(second?.values).toMatchObject({ cpuTimeUser: 1, uptime: 9.8 });
  });
});
