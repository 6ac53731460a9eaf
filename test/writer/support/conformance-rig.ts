import { gunzipSync, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { z } from 'zod';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createPool } from '../../../src/db/connect/pool.ts';
import { createEventStore } from '../../../src/db/generic/event-store.ts';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { readRows } from '../../../src/db/rows/rows.ts';
import type { Row } from '../../../src/metric/row.ts';
import { createWriterCore, type WriterCore } from '../../../src/writer/core.ts';
import type { WriterLimits } from '../../../src/writer/limits.ts';
import { createWriterServer } from '../../../src/writer/server.ts';
import type { TestPostgres } from '../../support/postgres.ts';
import { type Call, Loopback, type LoopbackAnswer } from './loopback.ts';
import { decodeMessage, encodeMessage, type MessageName } from './otlp-schema.ts';
import { contentTypes, type LogLine, now, nowMicros, recordingLogger, type Wire } from './writer-rig.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface ConformanceOptions {
  readonly limits?: Partial<WriterLimits>;
  readonly token?: string;
  /** A database of the test's own; the one that is there, emptied, when not given. */
  readonly url?: string;
  /** What to do to the server before it listens. */
  readonly prepare?: (app: FastifyInstance) => void;
}

/** A writer over real HTTP before a real database, whose clock stands still. */
export interface ConformanceRig extends AsyncDisposable {
  readonly pool: Pool;
  readonly core: WriterCore;
  readonly http: Loopback;
  readonly log: readonly LogLine[];
  readonly app: FastifyInstance;
  /** Sends a request, written as OTLP/JSON, in one of the four forms. */
  send(wire: Wire, request: Json, more?: Call): Promise<LoopbackAnswer>;
  /** Sends log records, written as OTLP/JSON. */
  sendLogs(wire: Wire, request: Json): Promise<LoopbackAnswer>;
  /** All rows of an entity. */
  rows(entity?: string): Promise<readonly Row[]>;
}

const patienceMs = 30_000;

export async function openRig(
  postgres: TestPostgres,
  { limits: own = {}, token, url, prepare }: ConformanceOptions = {},
): Promise<ConformanceRig> {
  const limits = { storeTimeoutMs: patienceMs, ...own };
  const log: LogLine[] = [];
  const logger = recordingLogger(log);
  const { sessions } = postgres;
  const pool = createPool(url ?? postgres.url, {
    logger,
    // What is held here on purpose is let go by the test, however slow the machine is.
    connectTimeoutMs: patienceMs,
    statementTimeoutMs: 2 * patienceMs,
    ...(sessions === undefined ? {} : { size: sessions }),
  });
  if (url === undefined) await empty(pool);
  const clock = { now: () => now, monotonic: () => 0 };
  const stores = {
    store: createRowStore(pool, { catalog }),
    points: createPointStore(pool),
    events: createEventStore(pool),
  };
  const core = createWriterCore({ catalog, ...stores, clock, logger, limits });
  const app = createWriterServer({ core, ready: async () => [], logger, limits, token });
  prepare?.(app);
  const http = await Loopback.start(app);
  return {
    pool,
    core,
    http,
    log,
    app,
    send: (wire, request, { headers = {}, ...more } = {}) =>
      http.call('/v1/metrics', { ...callOf(wire, 'MetricsRequest', request, headers), ...more }),
    sendLogs: (wire, request) => http.call('/v1/logs', callOf(wire, 'LogsRequest', request)),
    rows: (entity = 'container') =>
      readRows(pool, entity, {
        catalog,
        from: -1,
        to: nowMicros * 2,
        signal: AbortSignal.timeout(patienceMs),
      }),
    [Symbol.asyncDispose]: async () => {
      await http.stop();
      await core.close();
      await pool.end();
    },
  };
}

const tables = [
  'container',
  'series',
  'number_point',
  'histogram_point',
  'exponential_histogram_point',
  'summary_point',
  'snapshot',
];

/** Quicker than a database for each test. */
async function empty(pool: Pool): Promise<void> {
  await pool.query(tables.map((table) => `delete from telemetry.${table}`).join('; '));
}

/** What to send so that a message goes in one of the four forms. */
export function callOf(
  wire: Wire,
  name: MessageName,
  message: Json,
  headers: Readonly<Record<string, string>> = {},
): Call {
  const plain =
    wire.encoding === 'json' ? Buffer.from(JSON.stringify(message)) : encodeMessage(name, message);
  return bodyOf(wire, plain, headers);
}

/** The same for bytes that no encoder made. */
export function bodyOf(
  { encoding, gzip }: Wire,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Call {
  return {
    headers: {
      'content-type': contentTypes[encoding],
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      ...headers,
    },
    body: gzip ? gzipSync(bytes) : bytes,
  };
}

const partial = z.object({
  partialSuccess: z
    .object({
      rejectedDataPoints: z.string().optional(),
      rejectedLogRecords: z.string().optional(),
      rejected: z.string().optional(),
      errorMessage: z.string(),
    })
    .optional(),
});

export interface PartialSuccess {
  readonly rejected: string;
  readonly errorMessage: string;
}

/** The partial success in an answer of either encoding; undefined where all went well. */
export function partialIn(answer: LoopbackAnswer): PartialSuccess | undefined {
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.body}`);
  const { partialSuccess: found } = partial.parse(messageIn(answer, 'ExportResponse'));
  if (found === undefined) return undefined;
  const rejected = found.rejectedDataPoints ?? found.rejectedLogRecords ?? found.rejected ?? '0';
  return { rejected, errorMessage: found.errorMessage };
}

const status = z.object({
  code: z.number(),
  message: z.string(),
  details: z.array(z.record(z.string(), z.unknown())).optional(),
});

/** The `google.rpc.Status` in an answer of either encoding. */
export function statusIn(answer: LoopbackAnswer): z.infer<typeof status> {
  return status.parse(messageIn(answer, 'Status'));
}

/** The message in an answer, by its own Content-Type. */
function messageIn({ headers, body }: LoopbackAnswer, name: MessageName): unknown {
  const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  switch (headers['content-type']) {
    case contentTypes.json:
      return JSON.parse(bytes.toString());
    case contentTypes.protobuf:
      return decodeMessage(name, bytes);
    default:
      throw new Error(`an answer of type ${headers['content-type']}`);
  }
}
