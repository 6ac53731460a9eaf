import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../../src/metric/row.ts';
import { runDockerCase } from './case.ts';

const root = join(import.meta.dirname, '../../cases/docker');
const recorded = readdirSync(root).filter((name) => existsSync(join(root, name, 'kernel')));

/** The kernel was asked a moment after the engine: as long as that took, at most. */
const lagSeconds = 3;
const page = 4096;

describe.each(recorded)('%s against the kernel', (name) => {
  const folder = join(root, name);
  const isPodman = name.includes('podman');
  const containers = readdirSync(join(folder, 'kernel')).map((file) => basename(file, '.txt'));
  let rows: readonly Row[];
  beforeAll(async () => {
    rows = (await runDockerCase(folder)).at(-1)?.rows ?? [];
  });
  const valuesOf = (container: string) => {
    const values = rows.find(({ info }) => info['container.name'] === container)?.values ?? {};
    return (key: string): number => Number(values[key] ?? Number.NaN);
  };
  const has = (container: string, key: string): boolean => !Number.isNaN(valuesOf(container)(key));

  it.each(containers)('%s: CPU time', (container) => {
    const value = valuesOf(container);
    const kernel = kernelOf(folder, container);
    const total = value('cpuTimeUser') + value('cpuTimeSystem');
    expect(total).toBeLessThanOrEqual(kernel.cpuSeconds + 1e-6);
    expect(total).toBeGreaterThan(kernel.cpuSeconds - lagSeconds);
    // Where nothing has run since, the modes are the kernel's own.
    if (kernel.cpuSeconds - total < 1e-6) {
      expect(value('cpuTimeUser')).toBeCloseTo(kernel.userSeconds, 6);
      expect(value('cpuTimeSystem')).toBeCloseTo(kernel.systemSeconds, 6);
    }
  });

  it.each(containers)('%s: memory', (container) => {
    const value = valuesOf(container);
    const kernel = kernelOf(folder, container);
    if (isPodman) {
      // What this version calls usage is another thing.
      expect(has(container, 'memoryUsage') || has(container, 'memoryWorkingSet')).toBe(false);
      return;
    }
    expect(Math.abs(value('memoryUsage') - kernel.memoryBytes)).toBeLessThanOrEqual(2 * page);
    const workingSet = kernel.memoryBytes - kernel.inactiveFileBytes;
    expect(Math.abs(value('memoryWorkingSet') - workingSet)).toBeLessThanOrEqual(2 * page);
    expect(has(container, 'memoryLimit')).toBe(kernel.limitBytes !== undefined);
    if (kernel.limitBytes !== undefined) {
      expect(value('memoryLimit')).toBe(kernel.limitBytes);
      expect(value('memoryAvailable')).toBe(kernel.limitBytes - value('memoryWorkingSet'));
    }
  });

  // In one the kernel was asked while a health check ran, the engine was not.
  it.each(containers.filter((container) => container !== 'health'))('%s: processes and disk', (container) => {
    const value = valuesOf(container);
    const kernel = kernelOf(folder, container);
    expect(value('pids')).toBe(kernel.pids);
    expect(has(container, 'diskRead')).toBe(kernel.io !== undefined);
    if (kernel.io === undefined) return;
    expect(value('diskRead')).toBe(kernel.io.readBytes);
    // One container writes 8 MiB a second.
    expect(value('diskWrite')).toBeLessThanOrEqual(kernel.io.writeBytes);
    expect(value('diskWrite')).toBeGreaterThanOrEqual(kernel.io.writeBytes - lagSeconds * 8 * 2 ** 20);
  });

  it('burn uses the half CPU that it is limited to, hold none', () => {
    expect(valuesOf('burn')('cpuUsage')).toBeGreaterThan(0.45);
    expect(valuesOf('burn')('cpuUsage')).toBeLessThan(0.51);
    expect(valuesOf('hold')('cpuUsage')).toBe(0);
  });
});

it('there are recordings of three engines', () => {
  expect(recorded).toHaveLength(3);
});

function kernelOf(folder: string, container: string) {
  const text = readFileSync(join(folder, 'kernel', `${container}.txt`), 'utf8');
  const files = new Map(
    text.split(/^# /m).map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
  const read = (file: string): string => (files.get(file) ?? '').trim();
  const figure = (file: string, key: string): number =>
    Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(read(file))?.[1]);
  const device = /rbytes=(\d+) wbytes=(\d+)/.exec(read('io.stat'));
  return {
    cpuSeconds: figure('cpu.stat', 'usage_usec') / 1e6,
    userSeconds: figure('cpu.stat', 'user_usec') / 1e6,
    systemSeconds: figure('cpu.stat', 'system_usec') / 1e6,
    memoryBytes: Number(read('memory.current')),
    inactiveFileBytes: figure('memory.stat', 'inactive_file'),
    limitBytes: read('memory.max') === 'max' ? undefined : Number(read('memory.max')),
    pids: Number(read('pids.current')),
    io: device === null ? undefined : { readBytes: Number(device[1]), writeBytes: Number(device[2]) },
  };
}
