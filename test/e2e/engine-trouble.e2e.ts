import { chmod, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Releasers } from '../../src/runtime/releasers.ts';
import { runCli } from './support/cli.ts';
import { complaintsIn } from './support/complaints.ts';
import type { Container } from './support/container.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { type ExporterProcess, type Status, startExporterProcess } from './support/exporter.ts';
import { figureIn, isSample } from './support/exposition.ts';
import { exit3, halfCpu } from './support/workloads.ts';

const releasers = new Releasers();
let engine: Engine;
let half: Container;

beforeAll(async () => {
  engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  half = await engine.run({ ...halfCpu, name: 'half' });
  const ended = await engine.run({ ...exit3, name: 'ended' });
  await ended.until('ends', ({ status }) => status === 'exited');
});
afterAll(() => releasers.close());

/** The first snapshot that was begun after a time in Unix milliseconds. */
async function firstSnapshotAfter(exporter: ExporterProcess, time: number): Promise<Status> {
  return await eventually('the next snapshot', async () => {
    const status = await exporter.status();
    return Date.parse(status.snapshot.time) > time ? status : undefined;
  });
}

async function moreSnapshots(exporter: ExporterProcess, count: number): Promise<void> {
  const { snapshot } = await exporter.status();
  await eventually(`${count} snapshots`, async () => {
    return (await exporter.status()).snapshot.sequence >= snapshot.sequence + count || undefined;
  });
}

async function untilUp(exporter: ExporterProcess): Promise<void> {
  await eventually('the engine is up', async () => {
    return serverOf(await exporter.status())?.values.up === 1 || undefined;
  });
}

const serverOf = ({ entities }: Status) => entities.server?.rows.at(0);

const warnings = (exporter: ExporterProcess): readonly string[] => complaintsIn(exporter.output());

/**
 * The types of error in its warnings. An engine that goes away in the midst of a snapshot first fails as a broken connection, and only
 * then as itself: one outage may be told of in several types, each of them once.
 */
function expectToldOnce(exporter: ExporterProcess, errorType: string): void {
  const types = warnings(exporter).map((line) => /error\.type=([^\s)]+)/.exec(line)?.[1]);
  expect(types).toContain(errorType);
  expect(types).toEqual([...new Set(types)]);
}

async function expectDown(exporter: ExporterProcess, errorType: string): Promise<void> {
  const status = await exporter.status();
  expect(serverOf(status)).toMatchObject({ values: { up: 0 }, info: { 'error.type': errorType } });
  expect(status.collectors).toContainEqual(
    expect.objectContaining({ collector: 'docker', ok: false, errorType }),
  );
  expect(status.entities.container).toBeUndefined();
  expect(status.entities.fleet?.rows[0]?.values).toMatchObject({ serversUp: 0, serversDown: 1 });
  const samples = await exporter.samples();
  expect(figureIn(samples, 'ciris_server_up')).toBe(0);
  expect(figureIn(samples, 'ciris_server_info', { error_type: errorType })).toBe(1);
  expect(figureIn(samples, 'ciris_telemetry_collector_up', { ciris_collector: 'docker' })).toBe(0);
  expect(figureIn(samples, 'ciris_collector_info', { error_type: errorType })).toBe(1);
  // What containers there are is not known, which is something else than none.
  expect(samples.filter(({ labels }) => labels.container_id !== undefined)).toEqual([]);
  expect(samples.filter((sample) => isSample(sample, 'ciris_server_containers'))).toEqual([]);
  expect(samples.filter((sample) => isSample(sample, 'ciris_fleet_containers'))).toEqual([]);
}

describe('an engine that may not be used', () => {
  it('B08: is down with a reason, said once with what to do, and up at the next tick after that is done', async () => {
    await chmod(engine.socketPath, 0o600);
    const { gid } = await stat(engine.socketPath);
    // Debian has this user everywhere.
    await using exporter = await startExporterProcess({ dockerHost: engine.host, user: 'daemon' });
    await moreSnapshots(exporter, 4);
    await expectDown(exporter, 'permission_denied');
    expect(warnings(exporter)).toEqual([
      expect.stringMatching(
        new RegExp(`EACCES.* belongs to user 0 and group ${gid}, mode 0600: .*--group-add ${gid}`),
      ),
    ]);
    await chmod(engine.socketPath, 0o666);
    const next = await firstSnapshotAfter(exporter, Date.now());
    expect(serverOf(next)?.values).toMatchObject({ up: 1, containersRunning: 1, containersExited: 1 });
    expect(serverOf(next)?.info['error.type']).toBeUndefined();
    await eventually(
      'that is said',
      async () => /reads its source again/.test(exporter.output()) || undefined,
    );
    expect(warnings(exporter)).toHaveLength(1);
  });
});

describe('collect, of a real engine', () => {
  it('prints a table for people', async () => {
    const { code, stdout, stderr } = await runCli({ args: ['collect'], env: { DOCKER_HOST: engine.host } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^HOST +ENGINE +UP +RUNNING +EXITED/m);
    expect(stdout).toMatch(/^main +docker \S+ +yes +1 +1 /m);
    expect(stdout).toMatch(/^half +- +running +- +- +0\.\d\d +\d[\d.]* \wi?B/m);
    expect(stdout).toMatch(/^ended +- +exited +- +3 +- +- +-/m);
  });

  it('prints a snapshot for programs', async () => {
    const { code, stdout } = await runCli({ args: ['collect', '--json'], env: { DOCKER_HOST: engine.host } });
    expect(code).toBe(0);
    const row = z.object({
      entity: z.string(),
      info: z.record(z.string(), z.string()),
      values: z.record(z.string(), z.number()),
    });
    const snapshot = z.object({ time: z.iso.datetime(), rows: z.array(row) }).parse(JSON.parse(stdout));
    const containers = snapshot.rows.filter(({ entity }) => entity === 'container');
    expect(containers.map(({ info }) => info['container.name']).toSorted()).toEqual(['ended', 'half']);
    const ofHalf = containers.find(({ info }) => info['container.name'] === 'half');
    expect(ofHalf?.values.cpuUsage).toBeGreaterThan(0.05);
    expect(ofHalf?.values.cpuUsage).toBeLessThan(0.6);
  });
});

describe('an engine that ends', () => {
  it('B61: is down at the next tick, and up again once it is back', async () => {
    await using exporter = await startExporterProcess({ dockerHost: engine.host });
    await eventually('a figure of the container', async () => {
      const rows = await exporter.rows('container');
      return rows.some(({ values }) => values.cpuUsage !== undefined) || undefined;
    });
    await engine.halt();
    expect(serverOf(await firstSnapshotAfter(exporter, Date.now()))?.values).toEqual({ up: 0 });
    await moreSnapshots(exporter, 3);
    await expectDown(exporter, 'not_found');
    expect(warnings(exporter)).toContainEqual(
      expect.stringMatching(/start the engine, mount its socket here.*error\.type=not_found/),
    );
    expectToldOnce(exporter, 'not_found');
    await engine.restart();
    const back = await firstSnapshotAfter(exporter, Date.now());
    expect(serverOf(back)?.values).toMatchObject({ up: 1 });
    expect(back.entities.container?.rows.map(({ identity }) => identity['container.id'])).toContain(half.id);
    expectToldOnce(exporter, 'not_found');
  });

  it('that is killed is no different', async () => {
    await using exporter = await startExporterProcess({ dockerHost: engine.host });
    await untilUp(exporter);
    await engine.kill9();
    expect(serverOf(await firstSnapshotAfter(exporter, Date.now()))?.values).toEqual({ up: 0 });
    await expectDown(exporter, 'connection_refused');
    await engine.restart();
    expect(serverOf(await firstSnapshotAfter(exporter, Date.now()))?.values).toMatchObject({ up: 1 });
    expectToldOnce(exporter, 'connection_refused');
  });
});

describe('an engine that hangs', () => {
  it('B12: delays nobody who asks, is down once its time is up, and up again when it answers', async () => {
    await using exporter = await startExporterProcess({ dockerHost: engine.host });
    engine.signal('SIGSTOP');
    try {
      const slowest = { ms: 0, ageSeconds: 0 };
      await eventually('the engine is down', async () => {
        const asked = performance.now();
        const samples = await exporter.samples();
        slowest.ms = Math.max(slowest.ms, performance.now() - asked);
        const age = figureIn(samples, 'ciris_telemetry_snapshot_age_seconds') ?? Number.NaN;
        slowest.ageSeconds = Math.max(slowest.ageSeconds, age);
        return figureIn(samples, 'ciris_server_up') === 0 || undefined;
      });
      // An interval of a second leaves the engine three.
      const docker = (await exporter.status()).collectors.find(({ collector }) => collector === 'docker');
      expect(docker?.durationSeconds).toBeGreaterThan(2);
      expect(slowest.ageSeconds).toBeGreaterThan(2);
      // Who waited for it would wait for those.
      expect(slowest.ms).toBeLessThan(2500);
      await expectDown(exporter, 'timeout');
      expect(warnings(exporter)).toContainEqual(
        expect.stringMatching(/brought no answer.*error\.type=timeout/),
      );
      expectToldOnce(exporter, 'timeout');
    } finally {
      engine.signal('SIGCONT');
    }
    await untilUp(exporter);
    expectToldOnce(exporter, 'timeout');
  });
});
