import { chmod, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Releasers } from '../../src/runtime/releasers.ts';
import { runCli } from './support/cli.ts';
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

/** The same, but for those for which a machine that is busy with other things made the engine too slow. */
async function firstAnsweredAfter(exporter: ExporterProcess, time: number): Promise<Status> {
  return await eventually('the next snapshot for which the engine answered in time', async () => {
    const status = await firstSnapshotAfter(exporter, time);
    return serverOf(status)?.info['error.type'] === 'timeout' ? undefined : status;
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

/** The types of failure that it warned of since each time that it could read the engine. */
function outagesIn(log: string): readonly (readonly string[])[] {
  return log.split('collector docker reads its source again').map((outage) =>
    outage.split('\n').flatMap((line) => {
      const [, message = '', type] =
        /^\S+ warn +(.*) \(collector=docker, error\.type=(\S+)\)$/.exec(line) ?? [];
      // What an engine that answers has not answered is told of by itself, and of each kind once.
      return type === undefined || /^(a read|\d+ reads) failed/.test(message) ? [] : [type];
    }),
  );
}

/**
 * One outage says once what it is and what to do. An engine that goes away in the midst of a snapshot first fails as a broken connection,
 * and one of a busy machine as too slow: each type of an outage is told of once.
 */
async function expectToldOnce(exporter: ExporterProcess, type: string, advice: RegExp): Promise<void> {
  await exporter.line(new RegExp(`${advice.source}.*error\\.type=${type}\\b`));
  const outages = outagesIn(exporter.output());
  for (const types of outages) expect(types).toEqual([...new Set(types)]);
  // The machine alone can make an engine too slow, again and again.
  if (type !== 'timeout') expect(outages.flat().filter((each) => each === type)).toHaveLength(1);
}

/** One snapshot as the API and the exposition show it, where both show the same one and the engine was down by this type of error. */
async function shownDown(exporter: ExporterProcess, errorType: string) {
  return await eventually(`${errorType} is shown`, async () => {
    const [status, samples] = await Promise.all([exporter.status(), exporter.samples()]);
    // Of a snapshot that is too old the exposition shows nothing.
    const isSame = figureIn(samples, 'ciris_telemetry_snapshots_total') === status.snapshot.sequence;
    return isSame && serverOf(status)?.info['error.type'] === errorType ? { status, samples } : undefined;
  });
}

async function expectDown(exporter: ExporterProcess, errorType: string): Promise<void> {
  const { status, samples } = await shownDown(exporter, errorType);
  expect(serverOf(status)?.values).toEqual({ up: 0 });
  expect(status.collectors).toContainEqual(
    expect.objectContaining({ collector: 'docker', ok: false, errorType }),
  );
  expect(status.entities.container).toBeUndefined();
  expect(status.entities.fleet?.rows[0]?.values).toMatchObject({ serversUp: 0, serversDown: 1 });
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
    const advice = new RegExp(`EACCES.* belongs to user 0 and group ${gid}, mode 0600: .*--group-add ${gid}`);
    await expectToldOnce(exporter, 'permission_denied', advice);
    await chmod(engine.socketPath, 0o666);
    const next = await firstAnsweredAfter(exporter, Date.now());
    expect(serverOf(next)?.values).toMatchObject({ up: 1, containersRunning: 1, containersExited: 1 });
    expect(serverOf(next)?.info['error.type']).toBeUndefined();
    await exporter.line(/reads its source again/);
    await expectToldOnce(exporter, 'permission_denied', advice);
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
    // A busy machine gives it less than the half that it may have, and reads it a little before or after the time that it says.
    expect(ofHalf?.values.cpuUsage).toBeGreaterThan(0);
    expect(ofHalf?.values.cpuUsage).toBeLessThan(1);
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
    const advice = /start the engine, mount its socket here/;
    await expectToldOnce(exporter, 'not_found', advice);
    await engine.restart();
    const back = await firstAnsweredAfter(exporter, Date.now());
    expect(serverOf(back)?.values).toMatchObject({ up: 1 });
    expect(back.entities.container?.rows.map(({ identity }) => identity['container.id'])).toContain(half.id);
    await expectToldOnce(exporter, 'not_found', advice);
  });

  it('that is killed is no different', async () => {
    await using exporter = await startExporterProcess({ dockerHost: engine.host });
    await untilUp(exporter);
    await engine.kill9();
    expect(serverOf(await firstSnapshotAfter(exporter, Date.now()))?.values).toEqual({ up: 0 });
    await expectDown(exporter, 'connection_refused');
    await engine.restart();
    expect(serverOf(await firstAnsweredAfter(exporter, Date.now()))?.values).toMatchObject({ up: 1 });
    await expectToldOnce(exporter, 'connection_refused', /see that the engine runs/);
  });
});

describe('an engine that hangs', () => {
  it('B12: delays nobody who asks, is down once its time is up, and up again when it answers', async () => {
    // So that there is time to be asked while the engine is waited for, whatever else the machine does.
    const args = ['--collect-timeout', '10'];
    await using exporter = await startExporterProcess({ dockerHost: engine.host, args });
    await untilUp(exporter);
    engine.signal('SIGSTOP');
    try {
      await eventually('an answer while the engine is waited for', async () => {
        const samples = await exporter.samples();
        const taken = figureIn(samples, 'ciris_telemetry_snapshot_duration_seconds') ?? Number.NaN;
        const age = figureIn(samples, 'ciris_telemetry_snapshot_age_seconds') ?? Number.NaN;
        // The next one was begun within a second of the end of this one: who waited for it would have got that.
        return age > taken + 1.5 || undefined;
      });
      await eventually('the engine is down', async () => {
        return figureIn(await exporter.samples(), 'ciris_server_up') === 0 || undefined;
      });
      // The engine has five seconds for one answer.
      const docker = (await exporter.status()).collectors.find(({ collector }) => collector === 'docker');
      expect(docker?.durationSeconds).toBeGreaterThan(4);
      await expectDown(exporter, 'timeout');
      await expectToldOnce(exporter, 'timeout', /brought no answer/);
    } finally {
      engine.signal('SIGCONT');
    }
    await untilUp(exporter);
    await expectToldOnce(exporter, 'timeout', /brought no answer/);
  });
});
