import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Container } from './support/container.ts';
import { type Engine, engineKinds, startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { cached16MiB, exit3, halfCpu, healthy, held32MiB, killedForMemory } from './support/workloads.ts';

const mib = 1024 * 1024;
const version = z.object({ Version: z.string(), ApiVersion: z.string() });
const versions = {
  'docker-20.10': { Version: /^20\.10\./, ApiVersion: '1.41' },
  // Built from Go modules, it knows no number of its own.
  'docker-newest': { Version: /^library-import$/, ApiVersion: '1.56' },
  podman: { Version: /^4\.3\./, ApiVersion: '1.41' },
};

describe.each(engineKinds)('the engine %s', (kind) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await startEngine(kind);
  });
  afterAll(async () => {
    await engine?.stop();
  });

  it('is of the version that the tests are for', async () => {
    expect(version.parse(await engine.get('/version'))).toEqual({
      Version: expect.stringMatching(versions[kind].Version),
      ApiVersion: versions[kind].ApiVersion,
    });
  });

  it('runs a container that gets no more than the half CPU it may use', async () => {
    const container = await engine.run(halfCpu);
    const before = container.kernel();
    const after = await eventually('three seconds of the container, and what it used of them', async () => {
      const now = container.kernel();
      const hasPassed = now.uptimeSeconds > before.uptimeSeconds + 3;
      return hasPassed && now.cpuSeconds > before.cpuSeconds + 0.2 ? now : undefined;
    });
    const seconds = after.uptimeSeconds - before.uptimeSeconds;
    // The kernel gives some of it ahead, and on a busy machine time passes between one reading and the next.
    expect(after.cpuSeconds - before.cpuSeconds).toBeLessThan(0.6 * seconds + 0.5);
    expect(after.cpuUserSeconds).toBeGreaterThan(after.cpuSystemSeconds);
    expect(after.memoryLimitBytes).toBeUndefined();
    await container.remove();
    const gone = await eventually('its cgroup is gone', async () => {
      try {
        container.kernel();
        return undefined;
      } catch (thrown) {
        return thrown;
      }
    });
    expect(gone).toMatchObject({ code: 'ENOENT' });
  });

  it('runs containers that hold memory and page cache', async () => {
    const holding = await engine.run(held32MiB);
    const held = await eventually('32 MiB are held by all of its processes', async () => {
      const now = holding.kernel();
      return now.memoryUsageBytes > 32 * mib && now.pids === 3 ? now : undefined;
    });
    expect(held.memoryUsageBytes - held.inactiveFileBytes).toBeLessThan(35 * mib);
    expect(held.memoryLimitBytes).toBe(64 * mib);

    const caching = await engine.run(cached16MiB);
    await eventually(
      '16 MiB are cached',
      async () => caching.kernel().inactiveFileBytes >= 16 * mib || undefined,
    );
  });

  // Podman's networks need plugins that Debian does not pull in.
  if (kind !== 'podman') {
    it('runs a container that talks over a network of its own', async () => {
      await engine.command(['network', 'create', '--internal', 'talk']);
      const format = '--format={{(index .IPAM.Config 0).Gateway}}';
      const gateway = await engine.command(['network', 'inspect', format, 'talk']);
      const talking = await engine.run({
        network: 'talk',
        command: ['sh', '-c', `ping -c 2 -s 10000 ${gateway}; exec sleep 100000`],
      });
      const { sentBytes } = await eventually('two pings were answered', async () => {
        const now = talking.kernel();
        return now.receivedBytes > 20_000 ? now : undefined;
      });
      expect(sentBytes).toBeGreaterThan(20_000);
      expect(sentBytes).toBeLessThan(25_000);
    });
  }

  it('says how containers ended and whether they are healthy', async () => {
    const ended = async (container: Container) =>
      await container.until('ends', ({ status }) => status === 'exited');
    expect(await ended(await engine.run(exit3))).toMatchObject({ exitCode: 3, oomKilled: false });
    // Podman before version 5 looks for conmon's note of it in another folder, and so never says it.
    const oomKilled = kind !== 'podman';
    const killed = await engine.run(killedForMemory);
    expect(await ended(killed)).toMatchObject({ exitCode: 137 });
    // Word of the kill may reach the engine after the end itself.
    await killed.until('is said to be killed for memory, or not', (state) => state.oomKilled === oomKilled);
    const checked = await engine.run(healthy);
    await checked.until('is healthy', ({ health }) => health === 'healthy');
  });

  it('finds its containers again after it was killed', async () => {
    const { id } = await engine.run({ name: 'survivor', command: ['sleep', '100000'] });
    await engine.kill9();
    await expect(engine.get('/version')).rejects.toThrow(/ECONNREFUSED/);
    await engine.restart();
    expect(await engine.command(['ps', '--all', '--quiet', '--no-trunc', '--filter=name=survivor'])).toBe(id);
  });
});
