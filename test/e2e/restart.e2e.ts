import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { type EngineKind, engineKinds, startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { type ExporterProcess, type StatusRow, startExporterProcess } from './support/exporter.ts';
import { type Prometheus, startPrometheus } from './support/prometheus.ts';
import { halfCpu } from './support/workloads.ts';

/** An engine with one container that was restarted, and what was said of it meanwhile. */
interface Scene {
  readonly exporter: ExporterProcess;
  restart(): Promise<void>;
  /** What each snapshot said, in order. */
  readonly rows: SeenRow[];
}

interface SeenRow extends StatusRow {
  /** When it was here, in Unix milliseconds: all that it counts happened before. */
  readonly seenAt: number;
}

const releasers = new Releasers();
const scenes = new Map<EngineKind, Scene>();
let prometheus: Prometheus;

const timeOf = (row: StatusRow | undefined) => Date.parse(row?.time ?? '');
const cpuTimeOf = ({ values }: StatusRow) => Number(values.cpuTimeUser) + Number(values.cpuTimeSystem);
/** The most that half a CPU gives in a time, with what the kernel gives ahead. */
const mostCpuTimeIn = (seconds: number) => 0.6 * seconds + 0.1;
const counterOf = (kind: EngineKind) =>
  `container_cpu_time_seconds_total{cpu_mode="user", ciris_server_id="${kind}"}`;

async function startScene(kind: EngineKind): Promise<Scene> {
  const engine = await startEngine(kind);
  releasers.add(kind, () => engine.stop());
  const { id } = await engine.run(halfCpu);
  const exporter = await startExporterProcess({ dockerHost: engine.host, args: ['--server-id', kind] });
  releasers.add('exporter', () => exporter.stop());
  const restart = async () => {
    await engine.command(['restart', '--time', '0', id]);
  };
  return { exporter, restart, rows: [] };
}

async function play(kind: EngineKind, { exporter, restart, rows }: Scene): Promise<void> {
  const watchUntil = (what: string, holds: (row: StatusRow) => boolean) =>
    eventually(what, async () => {
      const [row] = await exporter.rows('container');
      if (row === undefined) return undefined;
      if (row.time !== rows.at(-1)?.time) rows.push({ ...row, seenAt: Date.now() });
      return holds(row) || undefined;
    });
  const isScraped = async () => {
    const found = await prometheus.query(`count_over_time(${counterOf(kind)}[30m]) >= 3`);
    return found.length > 0 || undefined;
  };
  // It has a second for a scrape, which three engines that start leave it seldom on a busy machine.
  await eventually('Prometheus has scraped it a few times', isScraped, 300_000);
  // More than it can have used anew by the time that this is seen.
  await watchUntil('it has used two seconds', (row) => cpuTimeOf(row) > 2);
  await restart();
  const restarted = Date.now();
  await watchUntil(
    'it has used half a second anew',
    (row) => timeOf(row) > restarted && cpuTimeOf(row) > 0.5,
  );
}

beforeAll(async () => {
  await Promise.all(engineKinds.map(async (kind) => scenes.set(kind, await startScene(kind))));
  const targets = [...scenes.values()].map(({ exporter }) => exporter.address);
  prometheus = await startPrometheus({ major: 3, targets });
  releasers.add('prometheus', () => prometheus.stop());
  await Promise.all([...scenes].map(([kind, scene]) => play(kind, scene)));
});
afterAll(() => releasers.close());

describe.each(engineKinds)('B51: a container of %s that was restarted', (kind) => {
  const scene = (): Scene => {
    const found = scenes.get(kind);
    if (found === undefined) throw new Error(`${kind} did not start`);
    return found;
  };

  /** Between the runs there is nothing to count, and an engine that gave no answer in time leaves a snapshot without. */
  const countedRows = () =>
    scene().rows.filter(({ values, start }) => values.cpuTimeUser !== undefined && start !== undefined);

  it('counts from anew, and says since when', () => {
    const counted = countedRows();
    const starts = [...new Set(counted.map(({ start }) => start))];
    expect(starts).toHaveLength(2);
    const [first = [], second = []] = starts.map((start) => counted.filter((row) => row.start === start));
    for (const figures of [first.map(cpuTimeOf), second.map(cpuTimeOf)]) {
      expect(figures).toEqual(figures.toSorted((a, b) => a - b));
    }
    expect(Date.parse(starts[1] ?? '')).toBeGreaterThan(timeOf(first.at(-1)));
    for (const row of second) {
      const seconds = (row.seenAt - Date.parse(row.start ?? '')) / 1000;
      expect(cpuTimeOf(row)).toBeLessThan(mostCpuTimeIn(seconds));
    }
  });

  it('never used less than nothing, nor more than it may', () => {
    const usages = scene()
      .rows.flatMap(({ values }) => values.cpuUsage ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
    expect(usages.length).toBeGreaterThan(1);
    expect(usages.at(0)).toBeGreaterThanOrEqual(0);
    // A busy engine reads its clock some time before what it counts, so that a single figure may be off by some of it.
    expect(usages[Math.floor((usages.length - 1) / 2)]).toBeLessThan(0.7);
    expect(usages.at(-1)).toBeLessThan(10);
  });

  it('has a history that is the sum of both runs', async () => {
    const { exporter } = scene();
    const rows = countedRows();
    const [first, last] = [rows.at(0), rows.at(-1)];
    const from = new Date(timeOf(first) + 1).toISOString();
    const to = new Date(timeOf(last) + 1).toISOString();
    const increases = await eventually('the last snapshot is stored', async () => {
      const asked = { entity: 'container', metric: 'cpuTimeUser', from, to, step: '1s' };
      const points = (await exporter.history(asked)).series.flatMap((series) => series.points);
      const bucket = Math.floor(timeOf(last) / 1000) * 1000;
      return Date.parse(points.at(-1)?.time ?? '') === bucket ? points : undefined;
    });
    for (const { value } of increases) expect(value).toBeGreaterThanOrEqual(0);
    const used = increases.reduce((sum, { value }) => sum + Number(value), 0);
    const user = (row: StatusRow | undefined) => Number(row?.values.cpuTimeUser);
    const endOfFirst = rows.findLast(({ start }) => start === first?.start);
    const known = user(endOfFirst) - user(first) + user(last);
    // A snapshot between the two runs may have been stored and not been seen here.
    const unseenSeconds = (Date.parse(last?.start ?? '') - timeOf(endOfFirst)) / 1000;
    expect(used).toBeGreaterThan(known - 1e-6);
    expect(used).toBeLessThan(known + 0.6 * unseenSeconds);
  });

  it('has a rate in Prometheus that is never more than it may be', async () => {
    await eventually('it has seen the restart', async () => {
      return (await prometheus.query(`resets(${counterOf(kind)}[30m]) == 1`)).length > 0 || undefined;
    });
    // Of a window that some late snapshots make no difference to.
    const [most] = await prometheus.query(`max_over_time(rate(${counterOf(kind)}[15s])[30m:1s])`);
    expect(most?.value).toBeGreaterThan(0.01);
    expect(most?.value).toBeLessThan(1);
  });
});
