import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWriter } from '../../src/app/writer.ts';
import { catalog } from '../../src/catalog/catalog.ts';
import { createPool } from '../../src/db/connect/pool.ts';
import { readRows } from '../../src/db/rows/rows.ts';
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

async function writerOn(databaseUrl: string, settings: { host?: string; token?: string } = {}) {
  const logger = new LogBook();
  const config = {
    host: '127.0.0.1',
    port: 0,
    maxAgeDays: 5,
    databaseUrl,
    stateDir: '/nowhere',
    instance: 'writer-1',
    ...settings,
  };
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
    // Until the schema is there, which takes a while on a busy machine, it answers 503.
    await until(async () => ((await writer.send([up])).status === 200 ? true : undefined));
    expect((await writer.send([up])).status).toBe(200);
    const pool = createPool(url, { logger: silentLogger, connectTimeoutMs: 60_000 });
    const range = { from: 0, to: 4e15, catalog, signal: AbortSignal.timeout(60_000) };
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

  it('shows its own figures at /metrics (C40)', async () => {
    const url = await postgres.freshUrl('migrated');
    await using writer = await writerOn(url);
    await until(async () => ((await fetch(`${writer.url}/readyz`)).ok ? true : undefined));
    await writer.send([up]);
    await writer.send([up]);
    await fetch(`${writer.url}/v1/traces`, { method: 'POST' });
    const shown = await (await fetch(`${writer.url}/metrics`)).text();
    const value = (series: string): number | undefined => {
      const line = shown.split('\n').find((text) => text.startsWith(series));
      return line === undefined ? undefined : Number(line.split(' ').at(-1));
    };
    const ours = 'service_instance_id="writer-1"';
    expect(value(`ciris_writer_requests_total{${ours},http_response_status_code="200"`)).toBe(2);
    expect(value(`ciris_writer_requests_total{${ours},http_response_status_code="404"`)).toBe(1);
    expect(value(`ciris_writer_requests_total{${ours},http_response_status_code="503"`)).toBe(0);
    const seconds = value(`ciris_writer_requests_time_seconds_total{${ours},http_response_status_code="200"`);
    expect(seconds).toBeGreaterThan(0);
    expect(value(`ciris_writer_points_total{${ours},ciris_writer_destination="typed"`)).toBe(6);
    const rows = `ciris_writer_rows_total{${ours},ciris_writer_destination="typed",ciris_writer_outcome=`;
    expect([`${rows}"inserted"`, `${rows}"completed"`, `${rows}"duplicate"`].map(value)).toEqual([1, 0, 1]);
    const idle = value(`ciris_writer_database_connections{${ours},ciris_writer_connection_state="idle"`);
    expect(idle).toBeGreaterThanOrEqual(1);
    expect(value(`ciris_maintenance_rounds_total{${ours}`)).toBeGreaterThanOrEqual(0);
    expect([0, 1]).toContain(value(`ciris_maintenance_leads{${ours}`));
    expect(value(`ciris_writer_info{${ours},service_version=`)).toBe(1);
  });

  it('warns of an address that others reach without a token, and says what to do', async () => {
    const away = 'postgresql://telemetry@127.0.0.1:1/telemetry';
    const warnings = async (settings: { host?: string; token?: string }) => {
      await using writer = await writerOn(away, settings);
      return writer.logger.lines.filter((line) => line.includes('TELEMETRY_WRITER_TOKEN')).length;
    };
    expect(await warnings({ host: '0.0.0.0' })).toBe(1);
    expect(await warnings({ host: '0.0.0.0', token: 'secret' })).toBe(0);
    expect(await warnings({})).toBe(0);
  });

  it('does not start on a database that has been changed by hand', async () => {
    const url = await postgres.freshUrl('migrated');
    const pool = createPool(url, { logger: silentLogger, connectTimeoutMs: 60_000 });
    await pool.query('alter table telemetry.server drop column up cascade');
    await pool.end();
    await expect(writerOn(url)).rejects.toMatchObject({ code: 'database_schema' });
  });
});
