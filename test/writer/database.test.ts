import type { HrTime } from '@opentelemetry/api';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { createRowStore } from '../../src/db/row-store.ts';
import { readRows } from '../../src/db/rows.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createWriterCore } from '../../src/writer/core.ts';
import { createWriterServer } from '../../src/writer/server.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { encodeRequest, type OracleMetric } from './support/oracle.ts';
import { now, nowHrTime, nowMicros, post, wires } from './support/writer-rig.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const clock = { now: () => now, monotonic: () => 0 };
const start: HrTime = [1_772_366_000, 0];

async function openWriter() {
  const pool = postgres.pool(await postgres.freshUrl('migrated'));
  const store = createRowStore(pool, { catalog });
  const core = createWriterCore({ catalog, store, clock, logger: silentLogger });
  return { pool, core, app: createWriterServer({ core, ready: async () => [], logger: silentLogger }) };
}

const rowsOf = (pool: Pool) =>
  readRows(pool, 'container', { catalog, from: -1, to: nowMicros + 1, signal: AbortSignal.timeout(5000) });

const idOf = (index: number) => ({ 'ciris.server.id': 'main', 'container.id': `c${index}` });

/** Memory and network figures of as many containers, 100 points for each 50. */
function containers(count: number, value: number): readonly OracleMetric[] {
  const points = Array.from({ length: count }, (_, index) => ({
    attributes: idOf(index),
    time: nowHrTime,
    value,
  }));
  const received = points.map((point) => ({
    ...point,
    start,
    attributes: { ...point.attributes, 'network.io.direction': 'receive' },
  }));
  return [
    { name: 'container.memory.usage', unit: 'By', kind: 'updowncounter', value: 'int', points },
    { name: 'container.network.io', unit: 'By', kind: 'counter', value: 'int', points: received },
  ];
}

const rowFor = (index: number, value: number) => ({
  entity: 'container',
  time: nowMicros,
  start: 1_772_366_000_000_000,
  identity: idOf(index),
  info: {},
  values: { memoryUsage: value, networkReceive: value },
  states: {},
});

describe('a writer before a real database', () => {
  it('stores what comes twice once, and what was stored never changes (B19, C18)', async () => {
    const { app, core, pool } = await openWriter();
    const request = post(
      { encoding: 'protobuf', gzip: false },
      encodeRequest('protobuf', containers(100, 7)).bytes,
    );
    for (const answer of [await app.inject(request), await app.inject(request)])
      expect(answer.statusCode).toBe(200);
    const other = encodeRequest('json', containers(100, 8)).bytes;
    expect((await app.inject(post({ encoding: 'json', gzip: true }, other))).payload).toBe('{}');
    const rows = await rowsOf(pool);
    expect(new Set(rows.map(({ identity }) => identity['container.id'])).size).toBe(100);
    expect(rows).toHaveLength(100);
    expect(rows).toContainEqual(rowFor(42, 7));
    expect(core.stats()).toMatchObject({ typed: { inserted: 100, duplicates: 200, completed: 0 } });
  });

  it('fills a row that arrives in parts', async () => {
    const { app, core, pool } = await openWriter();
    for (const metric of containers(1, 7)) {
      const { bytes } = encodeRequest('protobuf', [metric]);
      expect((await app.inject(post({ encoding: 'protobuf', gzip: false }, bytes))).statusCode).toBe(200);
    }
    expect(await rowsOf(pool)).toEqual([rowFor(0, 7)]);
    expect(core.stats()).toMatchObject({ typed: { inserted: 1, completed: 1 } });
  });

  it('stores the same rows from all four forms (C44)', async () => {
    const stored = [];
    for (const wire of wires) {
      const { app, pool } = await openWriter();
      await app.inject(post(wire, encodeRequest(wire.encoding, containers(3, 5)).bytes));
      stored.push(await rowsOf(pool));
    }
    expect(stored).toEqual(wires.map(() => [0, 1, 2].map((index) => rowFor(index, 5))));
  });

  it('rejects a row that no database could hold, and stores the others (B78, B104)', async () => {
    const { app, pool } = await openWriter();
    const [memory] = containers(2, 1);
    const longId = { 'ciris.server.id': 'main', 'container.id': 'x'.repeat(4000) };
    const points = [...(memory?.points ?? []), { attributes: longId, time: nowHrTime, value: 1 }];
    const { bytes } = encodeRequest('json', memory === undefined ? [] : [{ ...memory, points }]);
    const answer = await app.inject(post({ encoding: 'json', gzip: false }, bytes));
    expect(answer.json()).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
    expect(await rowsOf(pool)).toHaveLength(2);
  });

  it('asks for a request again while the schema is not there (B18)', async () => {
    const pool = postgres.pool(await postgres.freshUrl('empty'));
    const core = createWriterCore({
      catalog,
      store: createRowStore(pool, { catalog }),
      clock,
      logger: silentLogger,
    });
    const app = createWriterServer({ core, ready: async () => [], logger: silentLogger });
    const { bytes } = encodeRequest('json', containers(1, 1));
    const answer = await app.inject(post({ encoding: 'json', gzip: false }, bytes));
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2']);
  });
});
