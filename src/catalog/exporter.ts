import { entityOf } from '../metric/define.ts';
import type { Micros } from '../metric/time.ts';

/** What becomes of snapshots on their way out. Counts are since the process started. */
export interface DeliveryStats {
  readonly deliveredSnapshots: number;
  readonly failedAttempts: number;
  readonly rejectedPoints: number;
  readonly droppedSnapshots: number;
  readonly waitingSnapshots: number;
  readonly waitingBytes: number;
}

/** What this process costs, and how its snapshots fare. */
export interface ExporterSample {
  readonly instance: string;
  readonly version: string;
  readonly processStart: Micros;
  readonly snapshots: number;
  readonly skippedTicks: number;
  readonly snapshotSeconds: number;
  readonly snapshotRows: number;
  readonly droppedSeries: number;
  /** Undefined when nothing is delivered anywhere. */
  readonly delivery: DeliveryStats | undefined;
  readonly cpuUserSeconds: number | undefined;
  readonly cpuSystemSeconds: number | undefined;
  readonly residentBytes: number | undefined;
}

const { entity, counter, updowncounter, gauge } = entityOf<ExporterSample>();

const cpuTime = (mode: 'user' | 'system') =>
  counter({
    name: 'process.cpu.time',
    with: { 'cpu.mode': mode },
    unit: 's',
    value: 'double',
    brief: 'CPU time that the exporter has used.',
    read: (e) => (mode === 'user' ? e.cpuUserSeconds : e.cpuSystemSeconds),
  });

/** This exporter: its own cost, its snapshots, and what became of them. */
export const exporter = entity({
  name: 'exporter',
  brief: 'This exporter: its own cost, its snapshots, and what became of them.',
  identity: {
    'service.instance.id': { brief: 'The exporter that says so.', read: (e) => e.instance },
  },
  info: { 'service.version': { brief: 'Version of ciris-telemetry.', read: (e) => e.version } },
  start: (e) => e.processStart,
  metrics: {
    snapshots: counter({
      name: 'ciris.telemetry.snapshots',
      unit: '{snapshot}',
      value: 'int',
      brief: 'Snapshots taken.',
      read: (e) => e.snapshots,
    }),
    snapshotsSkipped: counter({
      name: 'ciris.telemetry.snapshots.skipped',
      unit: '{snapshot}',
      value: 'int',
      brief: 'Snapshots not taken because the one before was still under way.',
      read: (e) => e.skippedTicks,
    }),
    snapshotDuration: gauge({
      name: 'ciris.telemetry.snapshot.duration',
      unit: 's',
      value: 'double',
      brief: 'Time that the collectors of this snapshot took together.',
      read: (e) => e.snapshotSeconds,
    }),
    snapshotRows: gauge({
      name: 'ciris.telemetry.snapshot.rows',
      unit: '{row}',
      value: 'int',
      brief: 'Rows that the collectors put into this snapshot.',
      read: (e) => e.snapshotRows,
    }),
    seriesDropped: counter({
      name: 'ciris.telemetry.series.dropped',
      unit: '{series}',
      value: 'int',
      brief: 'Points left out because their metric had more live series than its limit.',
      read: (e) => e.droppedSeries,
    }),
    deliveredSnapshots: counter({
      name: 'ciris.telemetry.delivery.snapshots',
      unit: '{snapshot}',
      value: 'int',
      brief: 'Snapshots accepted by the OTLP endpoint or the database.',
      read: (e) => e.delivery?.deliveredSnapshots,
    }),
    deliveryFailures: counter({
      name: 'ciris.telemetry.delivery.failures',
      unit: '{attempt}',
      value: 'int',
      brief: 'Attempts at delivery that failed; the snapshot waits and is tried again.',
      read: (e) => e.delivery?.failedAttempts,
    }),
    rejectedPoints: counter({
      name: 'ciris.telemetry.delivery.points.rejected',
      unit: '{point}',
      value: 'int',
      brief: 'Points that the receiver refused for good.',
      read: (e) => e.delivery?.rejectedPoints,
    }),
    droppedSnapshots: counter({
      name: 'ciris.telemetry.delivery.snapshots.dropped',
      unit: '{snapshot}',
      value: 'int',
      brief: 'Snapshots lost because the spool was full or unusable, or the receiver refused them for good.',
      read: (e) => e.delivery?.droppedSnapshots,
    }),
    spoolSnapshots: updowncounter({
      name: 'ciris.telemetry.spool.snapshots',
      unit: '{snapshot}',
      value: 'int',
      brief: 'Snapshots that wait for delivery.',
      read: (e) => e.delivery?.waitingSnapshots,
    }),
    spoolSize: updowncounter({
      name: 'ciris.telemetry.spool.size',
      unit: 'By',
      value: 'int',
      brief: 'Disk space of the snapshots that wait for delivery.',
      read: (e) => e.delivery?.waitingBytes,
    }),
    cpuTimeUser: cpuTime('user'),
    cpuTimeSystem: cpuTime('system'),
    memoryUsage: updowncounter({
      name: 'process.memory.usage',
      unit: 'By',
      value: 'int',
      brief: 'Resident memory of the exporter.',
      read: (e) => e.residentBytes,
    }),
  },
});

/** What is true only at the moment of a scrape. */
export interface ScrapeSample {
  readonly instance: string;
  readonly snapshotAgeSeconds: number | undefined;
}

const ofScrape = entityOf<ScrapeSample>();

/** Shown on `/metrics` alone: figures of the moment at which somebody asks. */
export const scrape = ofScrape.entity({
  name: 'scrape',
  brief: 'Shown on /metrics alone: figures of the moment at which somebody asks.',
  stored: false,
  identity: { 'service.instance.id': { brief: 'The exporter that says so.', read: (s) => s.instance } },
  metrics: {
    snapshotAge: ofScrape.gauge({
      name: 'ciris.telemetry.snapshot.age',
      unit: 's',
      value: 'double',
      brief: 'Age of the snapshot that this answer shows.',
      read: (s) => s.snapshotAgeSeconds,
    }),
  },
});
