import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../src/metric/row.ts';
import type { Micros } from '../../src/metric/time.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { type EngineKind, startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { type OwnExporter, startOwnExporter } from './support/own-exporter.ts';
import { type Pipeline, startPipeline } from './support/pipeline.ts';
import { ordered } from './support/row-order.ts';
import { exit3, halfCpu, healthy, held32MiB, killedForMemory } from './support/workloads.ts';

const snapshots = 30;
/** An engine has five seconds for an answer, and Podman on a very busy machine may not give one for minutes. */
const patienceMs = 600_000;
const exporters = [
  { name: 'one', kind: 'docker-newest', protocol: 'http/protobuf' },
  { name: 'two', kind: 'podman', protocol: 'http/json' },
] as const;

const releasers = new Releasers();
const running = new Map<string, OwnExporter>();
let pipeline: Pipeline;
let until: Micros;

function inTime(rows: readonly Row[]): readonly Row[] {
  return rows.filter(({ time }) => time <= until);
}

function keyOf(row: Row | undefined): string {
  return JSON.stringify([row?.entity, row?.time, row?.identity]);
}

/**
 * What was taken, by its keys. Of what belongs to no host, as the versions in use, both exporters may tell in the same millisecond, each
 * what it knows: of these nothing is asked.
 */
function judged() {
  const rows = [...running.values()].flatMap((exporter) => inTime(exporter.rows()));
  const all = Map.groupBy(rows, keyOf);
  const once = [...all].flatMap(([key, [row, ...others]]) =>
    row === undefined || others.length > 0 ? [] : [[key, row] as const],
  );
  const taken = new Map(once);
  const isJudged = (row: Row): boolean => taken.has(keyOf(row)) || !all.has(keyOf(row));
  const stored = async () => inTime(await pipeline.storedRows()).filter(isJudged);
  return { taken, stored };
}

async function startContainers(kind: EngineKind) {
  const engine = await startEngine(kind);
  releasers.add(kind, () => engine.stop());
  for (const workload of [halfCpu, held32MiB, healthy, exit3, killedForMemory]) await engine.run(workload);
  // What a snapshot holds changes under way: names, labels, agents, a container that comes, one that goes.
  await engine.run({
    name: 'agent',
    flags: ['--env=CIRIS_AGENT_ID=alpha', '--label=com.docker.compose.service=größer "als" \\ alles'],
    command: ['sleep', '100000'],
  });
  return engine;
}

beforeAll(async () => {
  pipeline = await startPipeline();
  releasers.add('pipeline', () => pipeline.stop());
  const engines = await Promise.all(exporters.map(({ kind }) => startContainers(kind)));
  for (const [index, { name, protocol }] of exporters.entries()) {
    const dockerHost = engines[index]?.host ?? '';
    // Podman may need long for its answers on a busy machine.
    const env = { TELEMETRY_COLLECT_TIMEOUT: '20' };
    const otlpEndpoint = pipeline.endpoint;
    const exporter = await startOwnExporter({ dockerHost, otlpEndpoint, protocol, name, env });
    releasers.add(name, () => exporter.stop());
    running.set(name, exporter);
  }
  const own = [...running.values()];
  await Promise.all(own.map((exporter) => exporter.more(snapshots / 2)));
  await Promise.all(own.map((exporter) => untilSeen(exporter, 6)));
  await Promise.all(own.map(untilTold));
  for (const engine of engines) {
    await engine.command(['rm', '--force', 'agent']);
    await engine.run({ name: 'agent', command: ['sleep', '100000'] });
  }
  await Promise.all(own.map((exporter) => exporter.more(snapshots / 2)));
  await Promise.all(own.map((exporter) => untilSeen(exporter, 7)));
  // What is not delivered by the end of an exporter goes with its folder: such snapshots are not looked at.
  until = Math.min(...own.map((exporter) => exporter.rows().at(-1)?.time ?? 0));
  const { taken, stored } = judged();
  await eventually('these are stored', async () => {
    const rows = new Map((await stored()).map((row) => [keyOf(row), row]));
    // Of one that is there, a part may still be on its way.
    const missing = [...taken].filter(([key, row]) => !isDeepStrictEqual(rows.get(key), row));
    const [first] = missing;
    if (first === undefined) return true;
    const complaints = own.flatMap((exporter) => exporter.complaints()).join('\n');
    const found = JSON.stringify([first, rows.get(first[0])], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    throw new Error(
      `${missing.length} of ${taken.size} rows are not there as they were: ${found}\n${complaints}`,
    );
  });
  await Promise.all(own.map((exporter) => exporter.stop()));
});
afterAll(() => releasers.close());

function containersIn(exporter: OwnExporter): ReadonlySet<string | undefined> {
  return new Set(containerRowsOf(exporter).map(({ identity }) => identity['container.id']));
}

async function untilSeen(exporter: OwnExporter, count: number): Promise<void> {
  const probe = async () => {
    const { size } = containersIn(exporter);
    if (size >= count) return true;
    throw new Error(`${size} in ${exporter.snapshots()} snapshots\n${exporter.complaints().join('\n')}`);
  };
  await eventually(`${count} containers`, probe, patienceMs);
}

/** What there is to tell of these containers, whose details a busy engine may not have given at first. */
const toTell: readonly (readonly [what: string, isTold: (container: Row) => boolean])[] = [
  ['the agent', ({ info }) => info['ciris.agent.id'] === 'alpha'],
  ['an exit code', ({ values }) => values.exitCode === 3],
  ['CPU usage since a start', ({ values, start }) => Number(values.cpuUsage) > 0 && start !== undefined],
];

const containerRowsOf = (exporter: OwnExporter) =>
  exporter.rows().filter(({ entity }) => entity === 'container');

async function untilTold(exporter: OwnExporter): Promise<void> {
  for (const [what, isTold] of toTell)
    await eventually(what, async () => containerRowsOf(exporter).some(isTold) || undefined, patienceMs);
}

describe('from snapshots through OTLP, Collector and writer to the database', () => {
  it('every row arrives as it was, once', async () => {
    for (const exporter of running.values()) {
      const keys = exporter.rows().map(keyOf);
      expect(keys).toHaveLength(new Set(keys).size);
    }
    const { taken, stored } = judged();
    expect(taken.size).toBeGreaterThan(snapshots * exporters.length);
    expect(ordered(await stored())).toEqual(ordered([...taken.values()]));
  });

  it.each(exporters)('from $name by $protocol, of $kind: what there was to tell', ({ name }) => {
    const exporter = running.get(name) ?? expect.fail(`${name} did not start`);
    expect(exporter.snapshots()).toBeGreaterThanOrEqual(snapshots);
    const entities = new Set(exporter.rows().map(({ entity }) => entity));
    for (const entity of ['container', 'server', 'fleet', 'collector', 'exporter']) {
      expect(entities).toContain(entity);
    }
    expect(containersIn(exporter).size).toBe(7);
    for (const [what, isTold] of toTell) expect(containerRowsOf(exporter).some(isTold), what).toBe(true);
  });
});
