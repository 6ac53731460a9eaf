import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { catalog, findEntity } from '../src/catalog/catalog.ts';
import { createPool } from '../src/db/connect/pool.ts';
import { startEmbedded } from '../src/db/embedded/embedded.ts';
import { migrate } from '../src/db/migrate/migrate.ts';
import { createRowStore } from '../src/db/rows/row-store.ts';
import type { Row } from '../src/metric/row.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { Releasers } from '../src/runtime/releasers.ts';
import { startCollector } from '../test/e2e/support/collector.ts';
import { makeFolder } from '../test/e2e/support/folder.ts';
import { freePort } from '../test/e2e/support/port.ts';
import { startWriter } from '../test/e2e/support/writer-scene.ts';
import { startTimescale } from '../test/support/timescale.ts';
import { copyRows } from './copy-text.ts';
import { createLoads, type Load, LoadSender } from './otlp-load.ts';
import { quantile } from './race.ts';
import { type Bench, figureText, type Result } from './result.ts';

const containers = 400;
const connections = 4;
const warmUp = 20;
const measured = 100;
const rounds = 3;

export const otlpBench: Bench = {
  name: 'otlp',
  brief:
    'OTLP over HTTP in, rows durable in PostgreSQL on the same cores, against COPY and the Collector; aim: 500 k values/s',
  async *run() {
    const releasers = new Releasers();
    try {
      yield* throughput(releasers);
      yield* compressed(releasers);
    } finally {
      await releasers.close();
    }
  },
};

interface Scene {
  readonly pool: Pool;
  readonly ours: LoadSender;
  readonly theirs: LoadSender;
  readonly makeLoads: ReturnType<typeof createLoads>;
}

async function startScene(releasers: Releasers): Promise<Scene> {
  const folder = await makeFolder('bench');
  releasers.add('folder', () => rm(folder, { recursive: true, force: true }));
  const { pool, url } = await openDatabase(folder, releasers);
  const writer = await startWriter({ databaseUrl: url, folder });
  releasers.add('writer', () => writer.stop());
  const senderTo = (address: string): LoadSender => {
    const sender = new LoadSender(address, connections);
    releasers.add(`sender to ${address}`, () => sender.close());
    return sender;
  };
  const ours = senderTo(writer.url);
  const theirs = senderTo(await startCeiling(folder, releasers));
  return { pool, ours, theirs, makeLoads: createLoads(containers) };
}

async function* throughput(releasers: Releasers): AsyncIterable<Result> {
  const scene = await startScene(releasers);
  const { points, rows, seconds } = await raceThrough(scene);
  const report = (count: number, unit: string, peer: string, theirs: number): Result => ({
    bench: 'otlp',
    case: `${containers} containers a request, ${connections} connections`,
    value: count / seconds.ours,
    unit,
    peer: `${peer}: ${figureText(count / theirs)} ${unit}`,
    ratio: theirs / seconds.ours,
  });
  yield report(points, 'values/s', 'Collector, file exporter', seconds.collector);
  yield report(rows, 'rows/s', 'COPY text', seconds.copy);
  const { ours, makeLoads, pool } = scene;
  const paced = await ours.pace(await makeLoads(measured * 2), (seconds.ours / measured) * 2);
  const half = (name: string, q: number): Result => ({
    bench: 'otlp',
    case: `half of that load, ${name} of a request`,
    value: quantile(paced, q),
    unit: 'ms',
  });
  yield half('p50', 0.5);
  yield half('p99', 0.99);
  yield { bench: 'otlp', case: 'container, raw', value: await bytesPerRow(pool), unit: 'bytes/row' };
}

/** The same load by turns to our writer and to the Collector, and rows of the same kind by COPY; medians of a few rounds. */
async function raceThrough({ pool, ours, theirs, makeLoads }: Scene) {
  for (const sender of [ours, theirs]) await sender.rush(await makeLoads(warmUp));
  const times: Record<'ours' | 'collector' | 'copy', number[]> = { ours: [], collector: [], copy: [] };
  let loads: readonly Load[] = [];
  for (let round = 0; round < rounds; round += 1) {
    loads = await makeLoads(measured);
    times.ours.push(await ours.rush(loads));
    times.collector.push(await theirs.rush(loads));
    times.copy.push(await copyAll(pool, await makeLoads(measured)));
  }
  const median = (list: readonly number[]): number => quantile(list, 0.5);
  return {
    points: sumOf(loads, (load) => load.points),
    rows: sumOf(loads, (load) => rowsOf(load).length),
    seconds: { ours: median(times.ours), collector: median(times.collector), copy: median(times.copy) },
  };
}

async function openDatabase(folder: string, releasers: Releasers) {
  const signal = AbortSignal.timeout(60_000);
  const server = await startEmbedded({ stateDir: join(folder, 'state'), logger: silentLogger, signal });
  releasers.add('server', () => server.stop());
  await migrate(server.url, { catalog, logger: silentLogger, signal });
  const pool = createPool(server.url, { logger: silentLogger, size: 1, statementTimeoutMs: 60_000 });
  releasers.add('pool', () => pool.end());
  return { pool, url: server.url };
}

/** What does no more than decode and write to a file, without making sure that it stays there. */
async function startCeiling(folder: string, releasers: Releasers): Promise<string> {
  const endpoint = `127.0.0.1:${await freePort()}`;
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint } } } },
    exporters: { file: { path: join(folder, 'ceiling'), format: 'proto' } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: ['file'] } },
    },
  };
  const collector = await startCollector({ configs: [`yaml:${JSON.stringify(config)}`] });
  releasers.add('Collector', () => collector.stop());
  return `http://${endpoint}`;
}

const containerEntity = findEntity(catalog, 'container');

/** The rows of containers, which are nearly all. */
const rowsOf = ({ rows }: Load): readonly Row[] =>
  rows.filter(({ entity }) => entity === containerEntity?.name);

/** Seconds for the rows of these requests, one after the other. */
async function copyAll(pool: Pool, loads: readonly Load[]): Promise<number> {
  if (containerEntity === undefined) throw new Error('the catalog has no container');
  const begun = performance.now();
  for (const load of loads) await copyRows(pool, containerEntity, rowsOf(load));
  return (performance.now() - begun) / 1000;
}

async function bytesPerRow(pool: Pool): Promise<number> {
  await pool.query('vacuum telemetry.container');
  const { rows } = await pool.query(
    `select (select sum(pg_total_relation_size(relid)) from pg_partition_tree('telemetry.container'))::float8
      / (select count(*) from telemetry.container) as bytes`,
  );
  return Number(rows[0]?.bytes);
}

/** Such rows on TimescaleDB, before and after their chunks are compressed as the policies do it. Their figures are random, and so hard to compress. */
async function* compressed(releasers: Releasers): AsyncIterable<Result> {
  const timescale = await startTimescale();
  releasers.add('TimescaleDB', () => timescale.stop());
  await migrate(timescale.url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(120_000) });
  const pool = createPool(timescale.url, { logger: silentLogger, size: 1, statementTimeoutMs: 120_000 });
  releasers.add('pool of TimescaleDB', () => pool.end());
  const store = createRowStore(pool, { catalog, deadlineMs: 60_000 });
  let rows = 0;
  for (const load of await createLoads(50)(200)) {
    const outcome = await store.store(rowsOf(load), AbortSignal.timeout(60_000));
    if (outcome.kind !== 'stored') throw new Error(`TimescaleDB takes no rows: ${outcome.message}`);
    rows += outcome.inserted;
  }
  const size = async (): Promise<number> => {
    const { rows: found } = await pool.query(
      "select hypertable_size('telemetry.container')::float8 as bytes",
    );
    return Number(found[0]?.bytes) / rows;
  };
  const raw = await size();
  await pool.query("select compress_chunk(chunk) from show_chunks('telemetry.container') as chunk");
  const value = await size();
  yield {
    bench: 'otlp',
    case: 'container, compressed by TimescaleDB',
    value,
    unit: 'bytes/row',
    peer: `raw there: ${figureText(raw)} bytes/row`,
    ratio: raw / value,
  };
}

function sumOf<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((sum, item) => sum + figure(item), 0);
}
