import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { catalog } from '../src/catalog/catalog.ts';
import { createPool } from '../src/db/connect/pool.ts';
import { startEmbedded } from '../src/db/embedded/embedded.ts';
import { createPointStore } from '../src/db/generic/point-store.ts';
import { seriesDigest, seriesIdOf, sha256 } from '../src/db/generic/series-id.ts';
import type { SeriesPoint } from '../src/db/generic/series-point.ts';
import { migrate } from '../src/db/migrate/migrate.ts';
import { microsFromMs, microsToIso } from '../src/metric/time.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { Releasers } from '../src/runtime/releasers.ts';
import { atOnce } from '../src/runtime/steps.ts';
import { GenericPoints } from '../src/writer/generic/generic-points.ts';
import { decodeMetrics } from '../src/writer/otlp/decode.ts';
import { Rejections } from '../src/writer/rejections.ts';
import { makeFolder } from '../test/e2e/support/folder.ts';
import { encodeMessage } from '../test/writer/support/otlp-schema.ts';
import { type Contender, race, resultsOf } from './race.ts';
import type { Bench } from './result.ts';

const metrics = 20;
const hosts = 500;
const batch = metrics * hosts;
const rounds = 31;
const second = 1_000_000;

export const genericBench: Bench = {
  name: 'generic',
  brief:
    'Points that no catalog knows, 10 000 series a request, into the embedded PostgreSQL, against COPY text; aim: 0.7 of COPY',
  async *run() {
    const releasers = new Releasers();
    try {
      const pool = await openDatabase(releasers);
      // Well within a day, so that all rounds have the same partition.
      const noon = Math.floor(systemClock.now() / 86_400_000) * 86_400_000 - 43_200_000;
      const timeOf = (round: number): number => microsFromMs(noon) + round * 15 * second;
      for (const ours of [storeOnly(pool, timeOf), fromBytes(pool, timeOf)]) {
        const outcome = await race(rounds, ours, [copy(pool, timeOf)]);
        yield* resultsOf(outcome, {
          bench: 'generic',
          case: ours.name,
          unit: 'values/s',
          figure: (ms) => (batch / ms) * 1000,
        });
      }
    } finally {
      await releasers.close();
    }
  },
};

async function openDatabase(releasers: Releasers): Promise<Pool> {
  const stateDir = await makeFolder('bench');
  releasers.add('folder', () => rm(stateDir, { recursive: true, force: true }));
  const signal = AbortSignal.timeout(60_000);
  const server = await startEmbedded({ stateDir, logger: silentLogger, signal });
  releasers.add('server', () => server.stop());
  await migrate(server.url, { catalog, logger: silentLogger, signal });
  const pool = createPool(server.url, { logger: silentLogger, size: 1 });
  releasers.add('pool', () => pool.end());
  return pool;
}

type TimeOf = (round: number) => number;

function storeOnly(pool: Pool, timeOf: TimeOf): Contender {
  const store = createPointStore(pool);
  let points: readonly SeriesPoint[] = [];
  return {
    name: 'points, series known',
    prepare: (round) => {
      points = pointsOf(bytesOf('stored', timeOf(round)));
    },
    work: () => storeAll(store, points),
  };
}

function fromBytes(pool: Pool, timeOf: TimeOf): Contender {
  const store = createPointStore(pool);
  let bytes = new Uint8Array();
  return {
    name: 'OTLP protobuf, series known',
    prepare: (round) => {
      bytes = bytesOf('received', timeOf(round));
    },
    work: () => storeAll(store, pointsOf(bytes)),
  };
}

async function storeAll(store: ReturnType<typeof createPointStore>, points: readonly SeriesPoint[]) {
  const outcome = await store.store(points, AbortSignal.timeout(10_000));
  if (outcome.kind !== 'stored' || outcome.inserted !== batch)
    throw new Error(`our store did not store all points: ${JSON.stringify(outcome).slice(0, 200)}`);
}

let copies = 0;

/** Into the same table, with rows of other series. */
function copy(pool: Pool, timeOf: TimeOf): Contender {
  copies += 1;
  const service = `copied ${copies}`;
  let text = '';
  return {
    name: 'COPY text, no conflict clause',
    prepare: (round) => {
      text = pointsOf(bytesOf(service, timeOf(round)))
        .map(lineOf)
        .join('');
    },
    work: async () => {
      const client = await pool.connect();
      try {
        await pipeline(
          Readable.from([text]),
          client.query(copyFrom('copy telemetry.number_point from stdin')),
        );
      } finally {
        client.release();
      }
    },
  };
}

function lineOf(point: SeriesPoint): string {
  const start = point.start === undefined ? '\\N' : microsToIso(point.start);
  const value = point.kind === 'number' ? point.value : 0;
  const values = Number.isInteger(value) ? `\\N\t${value}` : `${value}\t\\N`;
  const { id } = seriesIdOf(seriesDigest(point.series, sha256));
  return `${id}\t${microsToIso(point.time)}\t${start}\t${values}\n`;
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** A request of sums, each with a point a host, of four attributes. */
function bytesOf(service: string, time: number): Uint8Array<ArrayBuffer> {
  const dataPoints = Array.from({ length: hosts }, (_, host) => ({
    timeUnixNano: `${time}000`,
    startTimeUnixNano: `${time - 3600 * second}000`,
    asDouble: (time / second) * 0.25 + host,
    attributes: [
      attribute('host.name', `host-${host}`),
      attribute('http.request.method', host % 2 === 0 ? 'GET' : 'POST'),
      attribute('http.response.status_code', '200'),
      attribute('http.route', `/v1/things/${host % 50}`),
    ],
  }));
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  const all = Array.from({ length: metrics }, (_, index) => ({
    name: `bench.requests.${index}`,
    unit: '1',
    sum,
  }));
  const resource = { attributes: [attribute('service.name', service)] };
  const scopeMetrics = [{ scope: { name: 'bench' }, metrics: all }];
  return new Uint8Array(encodeMessage('MetricsRequest', { resourceMetrics: [{ resource, scopeMetrics }] }));
}

function pointsOf(bytes: Uint8Array): readonly SeriesPoint[] {
  const decoded = atOnce(decodeMetrics({ encoding: 'protobuf', bytes }, Number.MAX_SAFE_INTEGER));
  if (decoded.kind !== 'decoded') throw new Error(`not decoded: ${decoded.message}`);
  const points = new GenericPoints();
  const rejections = new Rejections();
  const window = { oldest: 1, newest: Number.MAX_SAFE_INTEGER };
  for (const resource of decoded.request.resources) {
    for (const scope of resource.scopes)
      for (const metric of scope.metrics) atOnce(points.add(metric, { resource, scope }, window, rejections));
  }
  const message = rejections.message();
  if (message !== undefined) throw new Error(message);
  return points.points;
}
