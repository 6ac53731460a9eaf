import { entityOf } from '../metric/define.ts';
import type { Micros } from '../metric/time.ts';

/** What a process has done to keep its database in shape. Counts are since the process started. */
export interface MaintenanceSample {
  readonly instance: string;
  readonly processStart: Micros;
  readonly leads: boolean;
  /** Seconds since the epoch. */
  readonly lastRoundSeconds: number | undefined;
  readonly durationSeconds: number | undefined;
  readonly lagSeconds: number | undefined;
  readonly rounds: number;
  readonly failures: number;
  readonly lateBuckets: number;
  readonly abandonedBuckets: number;
  readonly droppedPieces: number;
  readonly removedSeries: number;
}

const { entity, counter, gauge } = entityOf<MaintenanceSample>();

/** What `serve` and writers do to keep the database in shape; one process at a time does it. Shown on `/metrics` alone. */
export const maintenance = entity({
  name: 'maintenance',
  brief: 'Shown on /metrics alone: how a process keeps its database in shape, which one at a time does.',
  stored: false,
  identity: { 'service.instance.id': { brief: 'The process that says so.', read: (m) => m.instance } },
  start: (m) => m.processStart,
  metrics: {
    leads: gauge({
      name: 'ciris.maintenance.leads',
      unit: '',
      value: 'int',
      brief: 'Whether this process is the one that maintains the database (1) or not (0).',
      read: (m) => Number(m.leads),
    }),
    lastRound: gauge({
      name: 'ciris.maintenance.last_round',
      unit: 's',
      value: 'double',
      brief: 'When the last whole round began, as seconds since the epoch; absent before the first.',
      read: (m) => m.lastRoundSeconds,
    }),
    duration: gauge({
      name: 'ciris.maintenance.round.duration',
      unit: 's',
      value: 'double',
      brief: 'Time that the last whole round took.',
      read: (m) => m.durationSeconds,
    }),
    lag: gauge({
      name: 'ciris.maintenance.lag',
      unit: 's',
      value: 'double',
      brief:
        'How far the rollup that is least far filled was behind in the last round; absent where another process maintains.',
      read: (m) => (m.leads ? m.lagSeconds : undefined),
    }),
    rounds: counter({
      name: 'ciris.maintenance.rounds',
      unit: '{round}',
      value: 'int',
      brief: 'Rounds that this process has made.',
      read: (m) => m.rounds,
    }),
    failures: counter({
      name: 'ciris.maintenance.failures',
      unit: '{failure}',
      value: 'int',
      brief: 'Steps of rounds that failed; the next round tries them again.',
      read: (m) => m.failures,
    }),
    lateBuckets: counter({
      name: 'ciris.maintenance.buckets.late',
      unit: '{bucket}',
      value: 'int',
      brief: 'Pieces of rollups that were reckoned anew because rows came late.',
      read: (m) => m.lateBuckets,
    }),
    abandonedBuckets: counter({
      name: 'ciris.maintenance.buckets.abandoned',
      unit: '{bucket}',
      value: 'int',
      brief: 'Pieces of rollups that could not be, because rows of their time are gone.',
      read: (m) => m.abandonedBuckets,
    }),
    droppedPieces: counter({
      name: 'ciris.maintenance.pieces.dropped',
      unit: '{piece}',
      value: 'int',
      brief: 'Pieces of tables that were dropped because their time to be kept was over.',
      read: (m) => m.droppedPieces,
    }),
    removedSeries: counter({
      name: 'ciris.maintenance.series.removed',
      unit: '{series}',
      value: 'int',
      brief: 'Series of other sources that were removed because their points were all gone.',
      read: (m) => m.removedSeries,
    }),
  },
});
