import { isDeepStrictEqual } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../src/metric/row.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { startEngine } from './support/engine.ts';
import { answers, eventually } from './support/eventually.ts';
import { type OwnExporter, startOwnExporter } from './support/own-exporter.ts';
import { type Pipeline, startPipeline } from './support/pipeline.ts';
import { ordered } from './support/row-order.ts';
import type { Service } from './support/service.ts';
import { halfCpu, healthy } from './support/workloads.ts';

const releasers = new Releasers();
let pipeline: Pipeline;
let exporter: OwnExporter;

beforeAll(async () => {
  const engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  for (const workload of [halfCpu, healthy]) await engine.run(workload);
  pipeline = await startPipeline();
  releasers.add('pipeline', () => pipeline.stop());
  exporter = await startOwnExporter({
    dockerHost: engine.host,
    otlpEndpoint: pipeline.endpoint,
    protocol: 'http/protobuf',
    name: 'one',
  });
  releasers.add('exporter', () => exporter.stop());
  await exporter.more(3);
});
afterAll(() => releasers.close());

/** Until the rows of the snapshots so far are stored, each as it was and once: some may be on their way, or a part of one. */
async function expectAllStored(): Promise<void> {
  const sent = ordered(exporter.rows());
  const lastTime = Math.max(...sent.map(({ time }) => time));
  let stored: readonly Row[] = [];
  await eventually('they are stored', async () => {
    const rows = (await pipeline.storedRows()).filter(
      ({ time, identity }) => time <= lastTime && !identity['container.id']?.startsWith('by-hand'),
    );
    stored = ordered(rows);
    return isDeepStrictEqual(stored, sent) || undefined;
  }).catch((thrown: unknown) => {
    expect(stored).toEqual(sent);
    throw thrown;
  });
}

/** What a killed server leaves behind may stand in the way of the next one for a moment. */
async function revive(service: Service): Promise<void> {
  await eventually('it is back', () => service.restart().then(() => true));
}

/** A request with one figure of one container that no engine has. */
async function post(id: string, time: number): Promise<Response> {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const attributes = [attribute('ciris.server.id', 'one'), attribute('container.id', `by-hand-${id}`)];
  const point = { timeUnixNano: `${time}000000`, asDouble: 0.5, attributes };
  const metrics = [{ name: 'container.uptime', unit: 's', gauge: { dataPoints: [point] } }];
  return await fetch(`${pipeline.writerUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
  });
}

async function rowsOf(id: string): Promise<readonly unknown[]> {
  const rows = await pipeline.storedRows();
  return rows.filter(({ identity }) => identity['container.id'] === `by-hand-${id}`);
}

describe('nothing is lost and nothing is stored twice', () => {
  it('when the writer is away for 20 snapshots, and the Collector is killed meanwhile', async () => {
    await pipeline.writer.kill9();
    await exporter.more(10);
    await pipeline.collector.kill9();
    await exporter.more(3);
    await revive(pipeline.collector);
    await exporter.more(7);
    await pipeline.writer.restart();
    await expectAllStored();
  });

  it('when the database restarts under the writer, which lives on', async () => {
    const pid = pipeline.writer.pid();
    await pipeline.postgres.halt();
    await exporter.more(3);
    expect((await fetch(`${pipeline.writerUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`${pipeline.writerUrl}/readyz`)).status).toBe(503);
    await pipeline.postgres.restart();
    await expectAllStored();
    expect(pipeline.writer.pid()).toBe(pid);
    await answers(`${pipeline.writerUrl}/readyz`);
  });

  it('when the database is killed under the writer', async () => {
    await pipeline.postgres.kill9();
    await exporter.more(2);
    await revive(pipeline.postgres);
    await expectAllStored();
  });
});

describe('the writer, whose database is away', () => {
  it('B18: asks for the request again, and then takes it once', async () => {
    const time = Date.now();
    await pipeline.postgres.halt();
    const refused = await post('away', time);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(5);
    expect(await refused.json()).toEqual({ code: 14, message: expect.stringMatching(/database/) });
    await pipeline.postgres.restart();
    for (const what of ['the same request is taken', 'and once more'])
      await eventually(what, async () => (await post('away', time)).ok || undefined);
    expect(await rowsOf('away')).toHaveLength(1);
  });

  it('B20: survives the end of its sessions', async () => {
    const pid = pipeline.writer.pid();
    const client = new Client({ connectionString: pipeline.postgres.connectionString });
    await client.connect();
    const { rowCount } = await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and client_addr is not null',
    );
    await client.end();
    expect(rowCount).toBeGreaterThan(0);
    await eventually('a request is taken', async () => (await post('ended', Date.now())).ok || undefined);
    expect(pipeline.writer.pid()).toBe(pid);
    expect(await rowsOf('ended')).not.toEqual([]);
    await expectAllStored();
  });
});
