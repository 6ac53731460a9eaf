import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { expectEndedWell } from './support/ended-well.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { answers, eventually } from './support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from './support/exporter.ts';
import { type Pipeline, startPipeline } from './support/pipeline.ts';
import { startPostgres } from './support/postgres.ts';
import { healthy } from './support/workloads.ts';

const releasers = new Releasers();
let engine: Engine;

beforeAll(async () => {
  engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  await engine.run(healthy);
});
afterAll(() => releasers.close());

/** The times of the snapshots with containers that the API shows until there are so many, in Unix milliseconds. */
async function watchSnapshots(exporter: ExporterProcess, count: number): Promise<readonly number[]> {
  const times = new Set<number>();
  await eventually(`${count} snapshots`, async () => {
    const { snapshot, entities } = await exporter.status();
    // A busy machine may make the engine too slow for one, which then has none.
    if (entities.container !== undefined) times.add(Date.parse(snapshot.time));
    return times.size >= count || undefined;
  });
  return [...times];
}

function statesSince(time = 0) {
  return { entity: 'container', metric: 'state', from: new Date(time).toISOString(), step: '1s' };
}

/** Until the database has a row of each of these times. */
async function untilHistory(exporter: ExporterProcess, times: readonly number[]): Promise<void> {
  await eventually('all that was seen is history', async () => {
    const { series } = await exporter.history(statesSince(times[0]));
    const buckets = new Set(series.flatMap(({ points }) => points.map(({ time }) => Date.parse(time))));
    return times.every((time) => buckets.has(Math.floor(time / 1000) * 1000)) || undefined;
  });
}

/** The snapshots in its spool, by their files. */
async function spooled(exporter: ExporterProcess): Promise<readonly string[]> {
  const names = await readdir(join(exporter.stateDir, 'spool'));
  return names.filter((name) => name.endsWith('.pb'));
}

describe('an exporter that is killed between collection and delivery', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
    releasers.add('pipeline', () => pipeline.stop());
  });

  it('delivers after its restart what its spool kept', async () => {
    await pipeline.writer.halt();
    await using exporter = await startExporterProcess({
      dockerHost: engine.host,
      args: ['--otlp-endpoint', pipeline.writerUrl],
    });
    const times = await watchSnapshots(exporter, 7);
    // The last ones may not be on disk yet, and would go with the process.
    const { snapshot } = await exporter.status();
    await eventually('all of them are on disk', async () => {
      return (await exporter.spooled()) >= snapshot.sequence || undefined;
    });
    await exporter.kill9();
    const waiting = await spooled(exporter);
    expect(waiting.length).toBeGreaterThanOrEqual(times.length);
    await pipeline.writer.restart();
    await exporter.restart();
    const stored = async () => {
      const rows = await pipeline.storedRows();
      return new Set(rows.filter(({ entity }) => entity === 'container').map(({ time }) => time / 1000));
    };
    await eventually('all are stored', async () => {
      const known = await stored();
      return times.every((time) => known.has(time)) || undefined;
    });
    await eventually('none of them waits any more', async () => {
      const still = new Set(await spooled(exporter));
      return waiting.every((name) => !still.has(name)) || undefined;
    });
  });
});

describe('an exporter that stores in its own embedded database', () => {
  /** The servers whose data lies in this state directory, by their processes. */
  async function servers(stateDir: string): Promise<readonly string[]> {
    const read = (path: string) => readFile(path, 'utf8').catch(() => '');
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const all = await Promise.all(
      pids.map(async (pid) => {
        const command = await read(`/proc/${pid}/cmdline`);
        const [, parent] = /^PPid:\t(\d+)$/m.exec(await read(`/proc/${pid}/status`)) ?? [];
        return { pid, parent, isOne: /bin\/postgres\0/.test(command) && command.includes(stateDir) };
      }),
    );
    const found = new Map(all.filter(({ isOne }) => isOne).map(({ pid, parent }) => [pid, parent]));
    // A process that a server has just made still has the server's own command line.
    return [...found].filter(([, parent = '']) => !found.has(parent)).map(([pid]) => pid);
  }

  async function untilNoServer(exporter: ExporterProcess): Promise<void> {
    await eventually('the server ends too', async () => {
      return (await servers(exporter.stateDir)).length === 0 || undefined;
    });
  }

  it('loses nothing that was stored when it is killed, and leaves no server behind', async () => {
    await using exporter = await startExporterProcess({ dockerHost: engine.host });
    const times = await watchSnapshots(exporter, 6);
    // The last ones may not be on disk yet, and would go with the process.
    await untilHistory(exporter, times);
    expect(await servers(exporter.stateDir)).toHaveLength(1);
    await exporter.kill9();
    await untilNoServer(exporter);
    await exporter.restart();
    await untilHistory(exporter, times);
    expect(await servers(exporter.stateDir)).toHaveLength(1);
    expectEndedWell(exporter, await exporter.halt());
    await untilNoServer(exporter);
  });

  it('starts again at once over a server that outlived it', async () => {
    await using exporter = await startExporterProcess({ dockerHost: engine.host });
    await watchSnapshots(exporter, 2);
    await exporter.kill9();
    await exporter.restart();
    const times = await watchSnapshots(exporter, 2);
    expect(await servers(exporter.stateDir)).toHaveLength(1);
    await untilHistory(exporter, times);
  });
});

describe('an exporter whose database is restarted', () => {
  it('lives on, says meanwhile that it is not ready, and stores what it took', async () => {
    await using postgres = await startPostgres();
    await using exporter = await startExporterProcess({
      dockerHost: engine.host,
      env: { TELEMETRY_DATABASE_URL: postgres.connectionString },
    });
    await watchSnapshots(exporter, 2);
    await postgres.halt();
    const times = await watchSnapshots(exporter, 4);
    await eventually('it says that it is not ready', async () => {
      return (await fetch(`${exporter.url}/readyz`)).status === 503 || undefined;
    });
    expect((await fetch(`${exporter.url}/healthz`)).status).toBe(200);
    await expect(exporter.history(statesSince(times[0]))).rejects.toThrow(/answered 503/);
    await postgres.restart();
    await untilHistory(exporter, times);
    await answers(`${exporter.url}/readyz`);
    await exporter.line(/ info {2}the database takes rows again/);
  });
});
