import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWriter } from '../../src/app/writer.ts';
import { catalog } from '../../src/catalog/catalog.ts';
import { createPool } from '../../src/db/pool.ts';
import { readRows } from '../../src/db/rows.ts';
import { createFleetMeter } from '../../src/export/meter/fleet-meter.ts';
import { registerObservables } from '../../src/export/observe.ts';
import type { Row } from '../../src/metric/row.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { LogBook } from '../snapshot/fakes.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { until } from './support.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const up: Row = {
  entity: 'server',
  time: Date.now() * 1000,
  identity: { 'ciris.server.id': 'main' },
  info: { 'host.name': 'box' },
  values: { up: 1, containersRunning: 3 },
  states: {},
};

async function requestOf(rows: readonly Row[]): Promise<Uint8Array> {
  const meter = createFleetMeter({ scope: { name: 'test' }, clock: systemClock, logger: silentLogger });
  registerObservables(meter, catalog.entities, () => rows);
  const { resourceMetrics } = await meter.collect();
  const bytes = ProtobufMetricsSerializer.serializeRequest(resourceMetrics);
  if (bytes === undefined) throw new Error('nothing to send');
  return bytes;
}

async function writerOn(databaseUrl: string) {
  const logger = new LogBook();
  const config = { host: '127.0.0.1', port: 0, maxAgeDays: 7, databaseUrl, stateDir: '/nowhere' };
  const writer = await startWriter(config, { clock: systemClock, logger });
  const send = async (rows: readonly Row[]) =>
    fetch(`${writer.url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: await requestOf(rows),
    });
  return { ...writer, logger, send, [Symbol.asyncDispose]: () => writer.stop() };
}

describe('the writer', () => {
  it('migrates an empty database and stores what it acknowledges, once', async () => {
    const url = await postgres.freshUrl('empty');
    await using writer = await writerOn(url);
    expect((await writer.send([up])).status).toBe(200);
    expect((await writer.send([up])).status).toBe(200);
    const pool = createPool(url, { logger: silentLogger });
    const range = { from: 0, to: 4e15, catalog, signal: AbortSignal.timeout(5_000) };
    expect(await readRows(pool, 'server', range)).toEqual([up]);
    await pool.end();
  });

  it('starts with its database away, answers 503 with words, and says once what is wrong', async () => {
    await using writer = await writerOn('postgresql://telemetry@127.0.0.1:1/telemetry');
    const answer = await writer.send([up]);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const ready = await fetch(`${writer.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('127.0.0.1:1');
    expect((await fetch(`${writer.url}/healthz`)).status).toBe(200);
    await until(async () =>
      writer.logger.lines.some((line) => line.includes('trying again')) ? true : undefined,
    );
    expect(writer.logger.lines.filter((line) => line.includes('trying again'))).toHaveLength(1);
  });

  it('does not start on a database that has been changed by hand', async () => {
    const url = await postgres.freshUrl('migrated');
    const pool = createPool(url, { logger: silentLogger });
    await pool.query('alter table telemetry.server drop column up');
    await pool.end();
    await expect(writerOn(url)).rejects.toMatchObject({ code: 'database_schema' });
  });
});
