import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineKinds } from './support/engine.ts';
import { FiguresScene } from './support/figures-scene.ts';
import { cpuTimeIn } from './support/said.ts';
import { witnessNames } from './support/witnesses.ts';

const mib = 1024 * 1024;

/** Where the kernel does not count, there is nothing to say. */
function expectWithinTenPercent(ours: number | undefined, kernel: number | undefined): void {
  if (kernel === undefined) {
    expect(ours).toBeUndefined();
    return;
  }
  expect(ours).toBeGreaterThanOrEqual(0.9 * kernel);
  expect(ours).toBeLessThanOrEqual(1.1 * kernel);
}

describe.each(engineKinds)('figures of containers of %s', (kind) => {
  const isPodman = kind === 'podman';
  const scene = new FiguresScene(kind);
  beforeAll(() => scene.play());
  afterAll(() => scene.close());

  describe.each(witnessNames)('as %s has them', (name) => {
    const said = (container: string) => scene.witness(name).said(scene.container(container).id);

    it('the processor time of a container that may burn half a CPU', () => {
      for (const { ours, kernel } of Object.values(scene.witness(name).cores)) {
        expectWithinTenPercent(ours, kernel);
      }
      const { figures } = said('half');
      const kernel = scene.witness(name).counted;
      expectWithinTenPercent(figures.cpuTimeUser, kernel.cpuUserSeconds);
      expectWithinTenPercent(cpuTimeIn(said('half')), kernel.cpuSeconds);
      expectWithinTenPercent(figures.uptime, kernel.uptimeSeconds);
      expect(figures).toMatchObject({ memoryLimit: undefined, memoryAvailable: undefined });
    });

    it('the memory of a container that holds 32 MiB', () => {
      const { figures, state, health } = said('held');
      const { memoryUsageBytes, inactiveFileBytes, pids } = scene.kernel('held');
      const workingSet = memoryUsageBytes - inactiveFileBytes;
      expect({ state, health }).toEqual({ state: 'running', health: undefined });
      expect(figures).toMatchObject({ memoryLimit: 64 * mib, pids, exitCode: undefined });
      expectWithinTenPercent(figures.memoryUsage, memoryUsageBytes);
      // Podman before version 5.6 does not say how much of it is page cache.
      if (isPodman) {
        expect(figures).toMatchObject({ memoryWorkingSet: undefined, memoryAvailable: undefined });
      } else {
        expectWithinTenPercent(figures.memoryWorkingSet, workingSet);
        expectWithinTenPercent(figures.memoryAvailable, 64 * mib - workingSet);
      }
    });

    it('what a container moved over its disk', () => {
      expect(said('disk').figures.diskRead).toBeGreaterThanOrEqual(8 * mib);
      // Whether the kernel counts for a container without throttle is its own affair: it begins when the device was throttled for any.
      for (const name of ['disk', 'half']) {
        const { figures } = said(name);
        expectWithinTenPercent(figures.diskRead, scene.kernel(name).readBytes);
        expectWithinTenPercent(figures.diskWrite, scene.kernel(name).writtenBytes);
      }
    });

    it('what a container moved over its network', () => {
      expect(said('half').figures).toMatchObject({ networkReceive: undefined, networkTransmit: undefined });
      if (isPodman) return;
      const { figures } = said('talks');
      expectWithinTenPercent(figures.networkReceive, scene.kernel('talks').receivedBytes);
      expectWithinTenPercent(figures.networkTransmit, scene.kernel('talks').sentBytes);
    });

    it('how containers ended', () => {
      const nothing = {
        cpuTimeUser: undefined,
        cpuUsage: undefined,
        memoryUsage: undefined,
        uptime: undefined,
      };
      expect(said('exit3')).toEqual({
        figures: expect.objectContaining({ exitCode: 3, oomKilled: 0, ...nothing }),
        state: 'exited',
        health: undefined,
      });
      // Podman before version 5 never knows of the kill: then neither do we.
      const oomKilled = isPodman ? undefined : 1;
      expect(said('killed')).toEqual({
        figures: expect.objectContaining({ exitCode: 137, oomKilled, ...nothing }),
        state: 'exited',
        health: undefined,
      });
    });

    it('that a container is healthy', () => {
      expect(said('healthy')).toMatchObject({ state: 'running', health: 'healthy' });
    });
  });
});
