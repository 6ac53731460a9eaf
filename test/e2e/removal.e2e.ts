import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { createPool } from '../../src/db/connect/pool.ts';
import { readRows } from '../../src/db/rows/rows.ts';
import type { Row } from '../../src/metric/row.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import type { Container } from './support/container.ts';
import { startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from './support/exporter.ts';
import { startPostgres } from './support/postgres.ts';
import { type Prometheus, startPrometheus } from './support/prometheus.ts';

const releasers = new Releasers();
let exporter: ExporterProcess;
let prometheus: Prometheus;
let pool: Pool;
let gone: Container;
let stays: Container;
/** As the one that is gone, and of its name. */
let successor: Container;
/** Unix milliseconds. */
let removedAt: number;
/** Snapshots that began after the removal, with the containers that the exposition showed of each. */
const later: { readonly time: number; readonly ids: ReadonlySet<string> }[] = [];

const command = ['sleep', '100000'];

beforeAll(async () => {
  const engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  const postgres = await startPostgres();
  releasers.add('postgres', () => postgres.stop());
  exporter = await startExporterProcess({
    dockerHost: engine.host,
    env: { TELEMETRY_DATABASE_URL: postgres.connectionString },
  });
  releasers.add('exporter', () => exporter.stop());
  prometheus = await startPrometheus({ major: 3, targets: [exporter.address] });
  releasers.add('prometheus', () => prometheus.stop());
  pool = createPool(postgres.connectionString, { logger: silentLogger });
  releasers.add('pool', () => pool.end());

  gone = await engine.run({ name: 'agent', command });
  stays = await engine.run({ name: 'other', command });
  await eventually('both have been scraped and stored for a while', async () => {
    const [scraped] = await prometheus.query(`count_over_time(ciris_container_pids{${ofGone()}}[5m])`);
    const stored = (await rowsOf(gone)).length;
    return scraped !== undefined && scraped.value >= 3 && stored >= 3 ? true : undefined;
  });
  await gone.remove();
  removedAt = Date.now();
  successor = await engine.run({ name: 'agent', command });
  await eventually('several snapshots later', async () => {
    const samples = await exporter.samples();
    const ids = samples.flatMap(({ labels }) => labels.container_id ?? []);
    const { snapshot } = await exporter.status();
    const age = samples.find(({ name }) => name === 'ciris_telemetry_snapshot_age_seconds')?.value ?? 0;
    const time = Date.now() - age * 1000;
    if (time > removedAt) later.push({ time, ids: new Set(ids) });
    const enough = later.length > 3 && later.at(-1)?.ids.has(successor.id) === true;
    return enough && Date.parse(snapshot.time) > removedAt + 4000 ? true : undefined;
  });
});
afterAll(() => releasers.close());

function ofGone(): string {
  return `container_id="${gone.id}"`;
}

async function rowsOf(container: Container): Promise<readonly Row[]> {
  const range = { from: 0, to: (Date.now() + 60_000) * 1000 };
  const signal = AbortSignal.timeout(10_000);
  const rows = await readRows(pool, 'container', { catalog, ...range, signal });
  return rows.filter(({ identity }) => identity['container.id'] === container.id);
}

describe('a container that was removed', () => {
  it('is in no exposition of a later snapshot', () => {
    for (const { ids } of later) {
      expect(ids).not.toContain(gone.id);
      expect(ids).toContain(stays.id);
    }
  });

  it('is stale in Prometheus, which keeps its past', async () => {
    const running = 'ciris_container_state{ciris_container_state="running"} == 1';
    const states = await eventually('Prometheus has scraped the successor', async () => {
      const found = await prometheus.query(running);
      return found.some(({ labels }) => labels.container_id === successor.id) ? found : undefined;
    });
    expect(states.map(({ labels }) => labels.container_id).toSorted()).toEqual(
      [stays.id, successor.id].toSorted(),
    );
    expect(await prometheus.query(`{${ofGone()}}`)).toEqual([]);
    const [past] = await prometheus.query(`count_over_time(ciris_container_pids{${ofGone()}}[5m])`);
    expect(past?.value).toBeGreaterThanOrEqual(3);
  });

  it('has no new row, and keeps those that it had', async () => {
    const times = (await rowsOf(gone)).map(({ time }) => time / 1000);
    expect(times.length).toBeGreaterThanOrEqual(3);
    for (const time of times) expect(time).toBeLessThan(removedAt);
    await eventually('the others have new ones', async () => {
      const newest = (await rowsOf(stays)).at(-1)?.time ?? 0;
      return (newest > (removedAt + 2000) * 1000 && (await rowsOf(successor)).length > 0) || undefined;
    });
  });

  it('is no more listed by the API, which tells its history', async () => {
    const rows = await exporter.rows('container');
    const ids = rows.map(({ identity }) => identity['container.id'] ?? '');
    expect(ids.toSorted()).toEqual([stays.id, successor.id].toSorted());
    const asked = { entity: 'container', metric: 'state', 'container.id': gone.id, from: '-10m', step: '1s' };
    const [series, ...others] = (await exporter.history(asked)).series;
    expect(others).toEqual([]);
    expect(series?.points.length).toBeGreaterThanOrEqual(3);
    // A snapshot may have met it between its creation and its start.
    const states = series?.points.map(({ state }) => state);
    expect(states?.find((state) => state !== 'created')).toBe('running');
    expect(Date.parse(series?.points.at(-1)?.time ?? '')).toBeLessThan(removedAt);
  });

  it('is no more counted', async () => {
    const [server] = await exporter.rows('server');
    expect(server?.values).toMatchObject({ up: 1, containersRunning: 2, containersExited: 0 });
    const [fleet] = await exporter.rows('fleet');
    expect(fleet?.values).toMatchObject({ serversUp: 1, containersRunning: 2 });
  });
});
