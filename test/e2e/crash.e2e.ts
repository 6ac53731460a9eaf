import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { answers, eventually } from './support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from './support/exporter.ts';
import { type Pipeline, startPipeline } from './support/pipeline.ts';
import { freePort } from './support/port.ts';
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

/** The times of the snapshots that the API shows until there are so many, in Unix milliseconds. */
async function watchSnapshots(exporter: ExporterProcess, count: number): Promise<readonly number[]> {
  const times = new Set<number>();
  await eventually(`${count} snapshots`, async () => {
    times.add(Date.parse((await exporter.status()).snapshot.time));
    return times.size >= count || undefined;
  });
  return [...times];
}

async function spooled(exporter: ExporterProcess): Promise<number> {
  const names = await readdir(join(exporter.stateDir, 'spool'));
  return names.filter((name) => name.endsWith('.pb')).length;
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
    // The last one may not be on disk yet when the process is killed.
    const times = (await watchSnapshots(exporter, 7)).slice(0, -1);
    expect(await spooled(exporter)).toBeGreaterThanOrEqual(times.length);
    await exporter.kill9();
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
    await eventually('nothing waits any more', async () => (await spooled(exporter)) <= 1 || undefined);
  });
});

describe('B24: SIGTERM while nobody takes snapshots', () => {
  let blackHole: Server;
  let blackHoleUrl: string;
  beforeAll(async () => {
    blackHole = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(blackHole, 'listening');
    const address = blackHole.address();
    blackHoleUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    releasers.add('black hole', async () => {
      blackHole.close();
    });
  });

  it.each(['refuses', 'never answers'])(
    'ends well within 5 s when the endpoint %s, and keeps them',
    async (how) => {
      const endpoint = how === 'refuses' ? `http://127.0.0.1:${await freePort()}` : blackHoleUrl;
      await using exporter = await startExporterProcess({
        dockerHost: engine.host,
        args: ['--otlp-endpoint', endpoint],
      });
      await eventually('three wait', async () => ((await spooled(exporter)) >= 3 ? true : undefined));
      const begun = performance.now();
      expect(await exporter.halt()).toEqual({ code: 0, signal: null });
      expect(performance.now() - begun).toBeLessThan(5000);
      expect(await spooled(exporter)).toBeGreaterThanOrEqual(3);
      expect(exporter.output()).toMatch(/stopped with snapshots not yet delivered to .*: \d+;/);
    },
  );
});

describe('an exporter that stores in its own embedded database', () => {
  /** Processes of the server whose data lies in this state directory. */
  async function servers(stateDir: string): Promise<readonly string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const commands = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    return commands.filter((command) => /bin\/postgres\0/.test(command) && command.includes(stateDir));
  }

  it('loses nothing that was stored when it is killed, and leaves no server behind', async () => {
    await using exporter = await startExporterProcess({ dockerHost: engine.host });
    // The last one may not be on disk yet when the process is killed.
    const times = (await watchSnapshots(exporter, 6)).slice(0, -1);
    expect(await servers(exporter.stateDir)).toHaveLength(1);
    await exporter.kill9();
    await eventually('the server ends too', async () => {
      return (await servers(exporter.stateDir)).length === 0 || undefined;
    });
    await exporter.restart();
    const asked = {
      entity: 'container',
      metric: 'state',
      from: new Date(times[0] ?? 0).toISOString(),
      step: '1s',
    };
    await eventually('all that was seen is history', async () => {
      const { series } = await exporter.history(asked);
      const buckets = new Set(series.flatMap(({ points }) => points.map(({ time }) => Date.parse(time))));
      return times.every((time) => buckets.has(Math.floor(time / 1000) * 1000)) || undefined;
    });
    expect(await servers(exporter.stateDir)).toHaveLength(1);
    expect(await exporter.halt()).toEqual({ code: 0, signal: null });
    expect(await servers(exporter.stateDir)).toEqual([]);
  });

  it('starts again at once over a server that outlived it', async () => {
    await using exporter = await startExporterProcess({ dockerHost: engine.host });
    await watchSnapshots(exporter, 2);
    await exporter.kill9();
    await exporter.restart();
    await watchSnapshots(exporter, 2);
    expect(await servers(exporter.stateDir)).toHaveLength(1);
    await eventually('new rows are stored', async () => {
      const { series } = await exporter.history({
        entity: 'container',
        metric: 'state',
        from: '-3s',
        step: '1s',
      });
      return series.length > 0 || undefined;
    });
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
    expect((await fetch(`${exporter.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${exporter.url}/healthz`)).status).toBe(200);
    const from = new Date(times[0] ?? 0).toISOString();
    const asked = { entity: 'container', metric: 'state', from, step: '1s' };
    await expect(exporter.history(asked)).rejects.toThrow(/answered 503/);
    await postgres.restart();
    await eventually('all that was seen is history', async () => {
      const { series } = await exporter.history(asked);
      const buckets = new Set(series.flatMap(({ points }) => points.map(({ time }) => Date.parse(time))));
      return times.every((time) => buckets.has(Math.floor(time / 1000) * 1000)) || undefined;
    });
    await answers(`${exporter.url}/readyz`);
    expect(exporter.output()).toMatch(/ info {2}the database takes rows again/);
  });
});
