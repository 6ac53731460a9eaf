import { catalog } from '../../../src/catalog/catalog.ts';
import { createPool } from '../../../src/db/connect/pool.ts';
import { readRows } from '../../../src/db/rows/rows.ts';
import type { Row } from '../../../src/metric/row.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { eventually } from './eventually.ts';
import type { ExporterProcess, StatusRow } from './exporter.ts';
import { figureIn, type Sample } from './exposition.ts';
import type { Counted, KernelRecord } from './kernel-record.ts';
import type { Postgres } from './postgres.ts';
import type { Prometheus } from './prometheus.ts';
import { cpuTimeIn, type Said, saidInRows, saidInSamples } from './said.ts';

/** Our ways out, to users. */
export const witnessNames = ['/metrics', 'Prometheus 3', 'the database', 'the API'] as const;
export type WitnessName = (typeof witnessNames)[number];

/** Cores in use on average over a window as a witness has it, and as the kernel has it over that very window. */
interface Cores {
  readonly ours: number;
  readonly kernel: number;
}

/** What one way out says at the end of a window. */
export interface Witness {
  said(id: string): Said;
  /** What the kernel had counted of the recorded container at the time of the snapshot that is shown. */
  readonly counted: Counted;
  /** Of the container that is recorded: the ways by which a user would ask for it. */
  readonly cores: Readonly<Record<string, Cores>>;
}

interface Context {
  readonly record: KernelRecord;
  /** The container that is recorded. */
  readonly id: string;
  readonly windowMs: number;
}

interface Scrape {
  readonly samples: readonly Sample[];
  /** Of the snapshot that it shows, in Unix milliseconds. */
  readonly time: number;
}

interface Status {
  readonly rows: readonly StatusRow[];
  readonly time: number;
}

/** What both ways out of an exporter said, one right after the other. */
export interface Look {
  readonly scrape: Scrape;
  readonly status: Status;
}

export async function scrape(exporter: ExporterProcess): Promise<Scrape> {
  const asked = Date.now();
  const samples = await exporter.samples();
  const ageSeconds = figureIn(samples, 'ciris_telemetry_snapshot_age_seconds') ?? Number.NaN;
  // The snapshot was as old at some moment while we waited.
  return { samples, time: (asked + Date.now()) / 2 - ageSeconds * 1000 };
}

export async function ask(exporter: ExporterProcess): Promise<Status> {
  const { snapshot, entities } = await exporter.status();
  return { rows: entities.container?.rows ?? [], time: Date.parse(snapshot.time) };
}

export function hearScrapes(begin: Scrape, end: Scrape, { record, id }: Context): Witness {
  const cpuTime = ({ samples }: Scrape) => cpuTimeIn(saidInSamples(samples, id));
  const ours = (cpuTime(end) - cpuTime(begin)) / ((end.time - begin.time) / 1000);
  return {
    said: (container) => saidInSamples(end.samples, container),
    counted: record.at(end.time),
    cores: { 'the increase of CPU time': { ours, kernel: record.rate(begin.time, end.time) } },
  };
}

export async function hearPrometheus(
  prometheus: Prometheus,
  { record, id, windowMs }: Context,
): Promise<Witness> {
  const age = 'ciris_telemetry_snapshot_age_seconds';
  const { found, shown } = await eventually('Prometheus has a scrape that misses nothing', async () => {
    const all = await prometheus.query(`{container_id=~".+"} or (timestamp(${age}) - ${age})`);
    const ofContainers = all.filter(({ labels }) => labels.container_id !== undefined);
    const own = ofContainers.filter(({ labels }) => labels.container_id === id);
    const snapshot = all.find(({ labels }) => labels.container_id === undefined);
    const isWhole = own.some(({ labels }) => labels.__name__ === 'container_cpu_usage');
    return isWhole && snapshot !== undefined ? { found: ofContainers, shown: snapshot } : undefined;
  });
  const samples = found.map(({ labels, value }) => ({ name: labels.__name__ ?? '', labels, value }));
  const cores = async (promql: string): Promise<Cores> => {
    const [answer] = await prometheus.query(promql);
    if (answer === undefined) throw new Error(`Prometheus has no answer to ${promql}`);
    const to = answer.time * 1000;
    return { ours: answer.value, kernel: record.rate(to - windowMs, to) };
  };
  const series = `{container_id="${id}"}[${windowMs / 1000}s]`;
  return {
    said: (container) => saidInSamples(samples, container),
    counted: record.at(shown.value * 1000),
    cores: {
      'the rate of CPU time': await cores(
        `sum by (container_id) (rate(container_cpu_time_seconds_total${series}))`,
      ),
      'CPU usage over time': await cores(`avg_over_time(container_cpu_usage${series})`),
    },
  };
}

export async function hearDatabase(
  postgres: Postgres,
  [begin, end]: readonly [Status, Status],
  { record, id }: Context,
): Promise<Witness> {
  const rows = await storedRows(postgres, begin.time, end.time);
  const own = rows.filter(({ identity }) => identity['container.id'] === id);
  const cpuTime = (row: Row | undefined) => cpuTimeIn(saidInRows(row === undefined ? [] : [row], id));
  const seconds = (end.time - begin.time) / 1000;
  // Each figure is the average since the row before, where the engine gave both in time.
  const spans = own.flatMap((row, index) => {
    const before = own[index - 1];
    const usage = row.values.cpuUsage;
    if (usage === undefined || before?.values.cpuTimeUser === undefined) return [];
    return [{ usage: Number(usage), from: before.time / 1000, to: row.time / 1000 }];
  });
  const meanOf = (part: (span: (typeof spans)[number]) => number): number =>
    spans.reduce((sum, span) => sum + part(span) * (span.to - span.from), 0) /
    spans.reduce((sum, { from, to }) => sum + (to - from), 0);
  const kernel = record.rate(begin.time, end.time);
  return {
    said: (container) => saidInRows(rows, container),
    counted: record.at(end.time),
    cores: {
      'the increase of CPU time': { ours: (cpuTime(own.at(-1)) - cpuTime(own.at(0))) / seconds, kernel },
      'CPU usage over time': {
        ours: meanOf(({ usage }) => usage),
        kernel: meanOf(({ from, to }) => record.rate(from, to)),
      },
    },
  };
}

/** The rows of both snapshots and all between them. */
async function storedRows(postgres: Postgres, begin: number, end: number): Promise<readonly Row[]> {
  const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
  const pool = createPool(postgres.connectionString, { logger: silentLogger, ...patience });
  try {
    return await eventually('the last row of the window is stored', async (signal) => {
      const range = { from: begin * 1000, to: end * 1000 + 1 };
      const rows = await readRows(pool, 'container', { catalog, ...range, signal });
      return rows.at(-1)?.time === end * 1000 ? rows : undefined;
    });
  } finally {
    await pool.end();
  }
}

export async function hearApi(
  exporter: ExporterProcess,
  [begin, end]: readonly [Status, Status],
  { record, id }: Context,
): Promise<Witness> {
  // What has accrued since the first snapshot, up to the last one.
  const from = new Date(begin.time + 1).toISOString();
  const to = new Date(end.time + 1).toISOString();
  const increase = async (metric: string) => {
    const asked = { entity: 'container', metric, from, to, 'container.id': id };
    const { series } = await exporter.history(asked);
    return series.flatMap(({ points }) => points).reduce((sum, { value }) => sum + Number(value), 0);
  };
  const used = (await increase('cpuTimeUser')) + (await increase('cpuTimeSystem'));
  const ours = used / ((end.time - begin.time) / 1000);
  return {
    said: (container) => saidInRows(end.rows, container),
    counted: record.at(end.time),
    cores: { 'history of CPU time': { ours, kernel: record.rate(begin.time, end.time) } },
  };
}
