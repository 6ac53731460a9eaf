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
import { figureIn } from './support/exposition.ts';
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
/** The containers that the exposition showed of each snapshot that began after the removal and found the engine up. */
const later: ReadonlySet<string>[] = [];

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
  const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
  pool = createPool(postgres.connectionString, { logger: silentLogger, ...patience });
  releasers.add('pool', () => pool.end());

  gone = await engine.run({ name: 'agent', command });
  stays = await engine.run({ name: 'other', command });
  await eventually('both have been scraped and stored for a while', async () => {
    const [scraped] = await prometheus.query(`count_over_time(ciris_container_pids{${ofGone()}}[30m])`);
    const stored = (await rowsOf(gone)).length;
    return scraped !== undefined && scraped.value >= 5 && stored >= 5 ? true : undefined;
  });
  await gone.remove();
  removedAt = Date.now();
  successor = await engine.run({ name: 'agent', command });
  await eventually('several snapshots later', async () => {
    const asked = Date.now();
    const samples = await exporter.samples();
    const age = figureIn(samples, 'ciris_telemetry_snapshot_age_seconds') ?? Number.NaN;
    // An engine that gives no answer in time shows no container at all.
    const isUp = figureIn(samples, 'ciris_server_up') === 1;
    // When it answered, the snapshot was as old as it says: it began then or later.
    const begun = asked - age * 1000;
    if (!isUp || !(begun > removedAt)) return undefined;
    later.push(new Set(samples.flatMap(({ labels }) => labels.container_id ?? [])));
    return (later.length > 3 && later.at(-1)?.has(successor.id) && begun > removedAt + 4000) || undefined;
  });
});
afterAll(() => releasers.close());

function ofGone(): string {
  return `container_id="${gone.id}"`;
}

async function rowsOf(container: Container): Promise<readonly Row[]> {
  const range = { from: 0, to: (Date.now() + 60_000) * 1000 };
  const signal = AbortSignal.timeout(60_000);
  const rows = await readRows(pool, 'container', { catalog, ...range, signal });
  return rows.filter(({ identity }) => identity['container.id'] === container.id);
}

describe('a container that was removed', () => {
  it('is in no exposition of a later snapshot', () => {
    for (const ids of later) {
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
    const [past] = await prometheus.query(`count_over_time(ciris_container_pids{${ofGone()}}[30m])`);
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
    const rows = await eventually('a snapshot that found the engine up', async () => {
      const found = await exporter.rows('container');
      return found.length > 0 ? found : undefined;
    });
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
    const { entities } = await eventually('a snapshot that found the engine up', async () => {
      const status = await exporter.status();
      return status.entities.server?.rows[0]?.values.up === 1 ? status : undefined;
    });
    expect(entities.server?.rows[0]?.values).toMatchObject({ containersRunning: 2, containersExited: 0 });
    expect(entities.fleet?.rows[0]?.values).toMatchObject({ serversUp: 1, containersRunning: 2 });
  });
});
