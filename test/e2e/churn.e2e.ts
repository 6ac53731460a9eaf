import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { containerStates } from '../../src/collectors/docker/sample.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from './support/exporter.ts';
import { figureIn, isSample, type Sample } from './support/exposition.ts';
import { askOverSocket } from './support/unix-http.ts';

const generations = 10;
const perGeneration = 150;
/** What an instrument of the SDK ever tells apart; our states alone have eight sets for each container. */
const sdkLimit = 2000;
/** Of each generation; the others are never started. */
const started = 3;
const mib = 1024 * 1024;

const created = z.object({ Id: z.string() });

const releasers = new Releasers();
let engine: Engine;
let exporter: ExporterProcess;
/** What the exporter used at the end of each generation, in bytes. */
const memory: number[] = [];
const seen = new Set<string>();
let last: readonly Sample[] = [];

async function create(): Promise<string> {
  const body = { Image: engine.image, Cmd: ['sleep', '100000'], HostConfig: { NetworkMode: 'none' } };
  return created.parse(await askOverSocket(engine.socketPath, 'POST', '/v1.44/containers/create', body)).Id;
}

/** Creates a generation, removes the one before, and scrapes the next snapshot. */
async function replace(before: readonly string[]): Promise<readonly string[]> {
  const ids = await Promise.all(Array.from({ length: perGeneration }, create));
  for (const id of ids.slice(0, started)) {
    await askOverSocket(engine.socketPath, 'POST', `/v1.44/containers/${id}/start`);
  }
  await Promise.all(
    before.map((id) => askOverSocket(engine.socketPath, 'DELETE', `/v1.44/containers/${id}?force=true`)),
  );
  const done = Date.now();
  last = await eventually('the next snapshot for which the engine answered in time', async () => {
    const { snapshot } = await exporter.status({ entity: 'fleet' });
    const samples = await exporter.samples();
    const isOne = Date.parse(snapshot.time) > done && figureIn(samples, 'ciris_server_up') === 1;
    return isOne ? samples : undefined;
  });
  const shown = new Set(last.flatMap(({ labels }) => labels.container_id ?? []));
  expect([...shown].toSorted()).toEqual(ids.toSorted());
  expect(last.filter(({ labels }) => 'otel_metric_overflow' in labels)).toEqual([]);
  for (const id of ids) seen.add(id);
  memory.push(figureIn(last, 'process_memory_usage_bytes') ?? Number.NaN);
  return ids;
}

beforeAll(async () => {
  engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  // With little room, rubbish does not pile up unswept: what is left is what is held.
  const env = { NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=4' };
  // So many containers may take an engine long on a busy machine.
  const args = ['--collect-timeout', '60'];
  exporter = await startExporterProcess({ dockerHost: engine.host, env, args });
  releasers.add('exporter', () => exporter.stop());
  let ids: readonly string[] = [];
  for (let generation = 0; generation < generations; generation += 1) ids = await replace(ids);
});
afterAll(() => releasers.close());

describe('more containers, one after the other, than an SDK meter could tell apart', () => {
  it('were all shown while they lived, and none after', () => {
    expect(seen.size).toBe(generations * perGeneration);
    expect(seen.size * containerStates.length).toBeGreaterThan(sdkLimit);
    const states = (state: string) => {
      const label = { ciris_container_state: state };
      return last.filter((sample) => isSample(sample, 'ciris_container_state', label) && sample.value === 1);
    };
    expect(states('running')).toHaveLength(started);
    expect(states('created')).toHaveLength(perGeneration - started);
  });

  it('cost no series', () => {
    expect(figureIn(last, 'ciris_telemetry_series_dropped_total')).toBe(0);
    expect(exporter.output()).not.toMatch(/more live series than|the rest is left out/);
  });

  it('leave nothing behind in memory', async () => {
    const early = Math.max(...memory.slice(2, 5));
    // What waits for a busy disk is in memory as well, until it is written.
    await eventually(`it holds less than ${early + 10 * mib} bytes`, async () => {
      const late = figureIn(await exporter.samples(), 'process_memory_usage_bytes') ?? Number.NaN;
      return late < early + 10 * mib || undefined;
    });
  });
});
