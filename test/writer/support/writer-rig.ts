import { gzipSync } from 'node:zlib';
import type { HrTime } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import type { PointStore } from '../../../src/db/generic/ports.ts';
import type { RowStore } from '../../../src/db/ports.ts';
import type { Payload } from '../../../src/export/sender.ts';
import type { Row } from '../../../src/metric/row.ts';
import type { LogFields, Logger } from '../../../src/runtime/logger.ts';
import { createWriterCore, type WriterCore } from '../../../src/writer/core.ts';
import type { Ready } from '../../../src/writer/http/health-routes.ts';
import type { WriterLimits } from '../../../src/writer/limits.ts';
import { createWriterServer } from '../../../src/writer/server.ts';
import { MemoryStore } from './memory-store.ts';
import { encodeRequest, type OracleMetric, type OraclePoint } from './oracle.ts';
import { probeCatalog } from './probe-catalog.ts';

export const now = 1_772_366_410_123;
export const nowHrTime: HrTime = [1_772_366_410, 123_456_789];
export const nowMicros = 1_772_366_410_123_456;

export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields?: LogFields | undefined;
}

export function recordingLogger(lines: LogLine[]): Logger {
  const log = (level: keyof Logger) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields });
  };
  return { error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') };
}

export interface Rig<Store extends RowStore = MemoryStore> {
  readonly store: Store;
  readonly core: WriterCore;
  readonly app: FastifyInstance;
  readonly log: readonly LogLine[];
}

export interface RigOptions {
  readonly limits?: Partial<WriterLimits>;
  readonly ready?: Ready;
  /** Without it, what the catalog does not know is rejected. */
  readonly points?: PointStore;
}

/** A writer over HTTP whose rows stay in memory. */
export function createRig(options: RigOptions = {}): Rig {
  return createRigWith(new MemoryStore(), options);
}

export function createRigWith<Store extends RowStore>(
  store: Store,
  { limits = {}, ready = async () => [], points }: RigOptions = {},
): Rig<Store> {
  const log: LogLine[] = [];
  const logger = recordingLogger(log);
  const clock = { now: () => now, monotonic: () => 0 };
  const core = createWriterCore({ catalog: probeCatalog, store, points, clock, logger, limits });
  return { store, core, log, app: createWriterServer({ core, ready, logger, limits }) };
}

export const identity = { 'probe.site': 'north', 'probe.id': 'p1' };

export function loadMetric(...points: readonly Partial<OraclePoint>[]): OracleMetric {
  return {
    name: 'probe.load',
    unit: '{task}',
    kind: 'gauge',
    value: 'int',
    points: points.map((point) => ({ attributes: identity, time: nowHrTime, value: 1, ...point })),
  };
}

/** As many different good points as wanted. */
export function loadPoints(count: number): readonly Partial<OraclePoint>[] {
  return Array.from({ length: count }, (_, index) => ({
    attributes: { ...identity, 'probe.id': `p${index}` },
    value: index,
  }));
}

/** The row that `loadMetric({})` makes. */
export const loadRow: Row = {
  entity: 'probe',
  time: nowMicros,
  identity,
  info: {},
  values: { load: 1 },
  states: {},
};

export const contentTypes = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

export interface Wire {
  readonly encoding: Payload['encoding'];
  readonly gzip: boolean;
}

export const wires: readonly Wire[] = [
  { encoding: 'protobuf', gzip: false },
  { encoding: 'json', gzip: false },
  { encoding: 'protobuf', gzip: true },
  { encoding: 'json', gzip: true },
];

/** A request for `inject` in one of the four forms. */
export function post({ encoding, gzip }: Wire, bytes: Uint8Array) {
  const headers = { 'content-type': contentTypes[encoding], ...(gzip ? { 'content-encoding': 'gzip' } : {}) };
  const payload = gzip ? gzipSync(bytes) : Buffer.from(bytes);
  return { method: 'POST', url: '/v1/metrics', headers, payload } as const;
}

export const bytesOf = (encoding: Payload['encoding'], ...metrics: readonly OracleMetric[]): Uint8Array =>
  encodeRequest(encoding, metrics).bytes;
