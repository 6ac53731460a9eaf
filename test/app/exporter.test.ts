import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { createPool } from '../../src/db/connect/pool.ts';
import { readRows } from '../../src/db/rows/rows.ts';
import { identityKey, type Row } from '../../src/metric/row.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { FakeEngine } from '../collectors/docker/fake-engine.ts';
import { fleet } from '../collectors/docker/support.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { configOf, exporterOf, nextSnapshot, testFolder, until } from './support.ts';

let engine: FakeEngine;
let postgres: TestPostgres;

beforeAll(async () => {
  engine = await FakeEngine.start(fleet({ size: 3 }));
  postgres = await startPostgres();
});
afterAll(async () => {
  await engine.stop();
  await postgres.stop();
});

const stored = catalog.entities.filter((entity) => entity.stored).map(({ name }) => name);

async function rowsIn(url: string) {
  const pool = createPool(url, { logger: silentLogger, connectTimeoutMs: 60_000 });
  try {
    const range = { from: 0, to: 4e15, catalog, signal: AbortSignal.timeout(60_000) };
    return (await Promise.all(stored.map((entity) => readRows(pool, entity, range)))).flat();
  } finally {
    await pool.end();
  }
}

const inOrder = (rows: readonly Row[]) =>
  rows.toSorted((a, b) => (`${identityKey(a)} ${a.time}` < `${identityKey(b)} ${b.time}` ? -1 : 1));

describe('serve, on an engine with three containers', () => {
  it('shows the snapshot at /metrics and in the API, and stores just its rows', async () => {
    await using folder = await testFolder();
    const databaseUrl = await postgres.freshUrl('migrated');
    const config = configOf(folder.path, { dockerHost: engine.host, interval: '1', databaseUrl });
    await using exporter = await exporterOf(config);
    const snapshots = [await nextSnapshot(exporter.snapshots), await nextSnapshot(exporter.snapshots)];
    const metrics = await (await fetch(`${exporter.url}/metrics`)).text();
    expect(metrics.match(/^container_memory_usage_bytes\{.*\} 600000000$/gm)).toHaveLength(3);
    expect(metrics).toMatch(/^ciris_telemetry_snapshot_age_seconds\{.*\} \d+(\.\d+)?$/m);
    const status = await (await fetch(`${exporter.url}/telemetry/status?entity=container`)).json();
    expect(status).toMatchObject({ entities: { container: { rows: [{}, {}, {}] } } });
    const taken = snapshots.flatMap((snapshot) => snapshot.rows);
    const times = new Set(snapshots.map(({ time }) => time));
    const kept = await until(async () => {
      const rows = (await rowsIn(databaseUrl)).filter(({ time }) => times.has(time));
      return rows.length >= taken.length ? rows : undefined;
    });
    await exporter.stop();
    expect(inOrder(kept)).toEqual(inOrder(taken));
  });

  it('starts with the database away, loses nothing, and stores all once it is there', async () => {
    await using folder = await testFolder();
    const gone = 'postgresql://telemetry@127.0.0.1:1/telemetry';
    const flags = { dockerHost: engine.host, interval: '1' };
    const first = await exporterOf(configOf(folder.path, { ...flags, databaseUrl: gone }));
    const snapshot = await nextSnapshot(first.snapshots);
    const ready = await fetch(`${first.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('TELEMETRY_DATABASE_URL');
    await first.stop();
    expect(await readdir(join(folder.path, 'state', 'spool'))).not.toEqual([]);

    const databaseUrl = await postgres.freshUrl('empty');
    await using second = await exporterOf(configOf(folder.path, { ...flags, databaseUrl }));
    // Before that there are no tables to read.
    await until(async () => (await fetch(`${second.url}/readyz`)).ok || undefined);
    const found = await until(async () => {
      const rows = await rowsIn(databaseUrl);
      const own = rows.filter(({ time }) => time === snapshot.time);
      // Tables are read one by one, so the first answers may be from before the commit.
      return own.length === snapshot.rows.length ? own : undefined;
    });
    expect(inOrder(found)).toEqual(inOrder(snapshot.rows));
    await second.stop();
  });

  it('pushes to an OTLP endpoint when one is named, and stores nothing here', async () => {
    await using folder = await testFolder();
    const types: (string | undefined)[] = [];
    const receiver = createServer((request, response) => {
      types.push(request.headers['content-type']);
      request
        .resume()
        .on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const address = receiver.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const otlpEndpoint = `http://127.0.0.1:${address.port}`;
    const config = configOf(folder.path, { dockerHost: engine.host, interval: '1', otlpEndpoint });
    await using exporter = await exporterOf(config, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
    const delivered = await until(async () => {
      const text = await (await fetch(`${exporter.url}/metrics`)).text();
      return /^ciris_telemetry_delivery_snapshots_total\{.*\} [1-9]/m.exec(text)?.[0];
    });
    expect(delivered).toContain('service_instance_id="here"');
    expect(types[0]).toBe('application/json');
    expect(await readdir(join(folder.path, 'state'))).toEqual(['spool']);
    const history = await fetch(`${exporter.url}/telemetry/history?entity=container&metric=cpuUsage`);
    expect(history.status).toBe(503);
    await exporter.stop();
    receiver.close();
  });
});

describe('serve, without an engine', () => {
  it('says so once, shows up 0 with its reason, and finds the engine without a restart', async () => {
    await using folder = await testFolder();
    const late = await FakeEngine.start(fleet({ size: 1 }));
    await late.halt();
    const databaseUrl = await postgres.freshUrl('migrated');
    const config = configOf(folder.path, { dockerHost: late.host, interval: '1', databaseUrl });
    await using exporter = await exporterOf(config);
    await nextSnapshot(exporter.snapshots);
    await nextSnapshot(exporter.snapshots);
    const metrics = await (await fetch(`${exporter.url}/metrics`)).text();
    expect(metrics).toMatch(/^ciris_server_up\{ciris_server_id="main".*\} 0$/m);
    expect(metrics).toMatch(/^ciris_server_info\{.*error_type="(not_found|connection_refused)".*\} 1$/m);
    expect(metrics).not.toMatch(/^(ciris_)?container_/m);
    const warnings = exporter.logger.lines.filter((line) => /^warn.*engine/.test(line));
    expect(warnings).toHaveLength(1);
    await late.listen();
    // A snapshot that was begun before may come first.
    const back = await until(async () => {
      const shown = await (await fetch(`${exporter.url}/metrics`)).text();
      return /^ciris_server_up\{.*\} 1$/m.test(shown) ? shown : undefined;
    });
    expect(back).toMatch(/^container_memory_usage_bytes\{/m);
    await exporter.stop();
    await late.stop();
  });

  it('leaves nothing open when its port is taken', async () => {
    await using folder = await testFolder();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const config = configOf(folder.path, { dockerHost: engine.host, port: String(address.port) });
    await expect(exporterOf(config)).rejects.toMatchObject({
      code: 'address_in_use',
      message: expect.stringMatching(new RegExp(`port ${address.port} .*--port`)),
    });
    // The embedded database is down again, so that the same folder serves the next start.
    await using exporter = await exporterOf({ ...config, port: 0 });
    expect(exporter.url).toMatch(/^http:/);
    await exporter.stop();
    taken.close();
  });
});
