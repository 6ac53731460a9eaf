import { entityOf } from '../metric/define.ts';
import type { Micros } from '../metric/time.ts';

const instance = 'service.instance.id';
const instanceBrief = 'The exporter that says so.';

/** How one collector has fared since this process started. */
export interface CollectorSample {
  readonly instance: string;
  readonly collector: string;
  readonly processStart: Micros;
  readonly up: boolean;
  readonly errorType: string | undefined;
  readonly durationSeconds: number;
  readonly failures: number;
  readonly problems: Readonly<Record<'timeout' | 'parse' | 'other', number>>;
  /** Seconds since the epoch. */
  readonly lastSuccessSeconds: number | undefined;
}

const ofCollector = entityOf<CollectorSample>();

const problemsOf = (kind: 'timeout' | 'parse' | 'other') =>
  ofCollector.counter({
    name: 'ciris.telemetry.collector.problems',
    with: { 'error.type': kind },
    unit: '{problem}',
    value: 'int',
    brief: 'Single reads that failed in collections that otherwise went on.',
    read: (c) => c.problems[kind],
  });

/** A collector of this exporter: whether it can read its source. */
export const collector = ofCollector.entity({
  name: 'collector',
  brief: 'A collector of this exporter: whether it can read its source.',
  identity: {
    [instance]: { brief: instanceBrief, read: (c: CollectorSample) => c.instance },
    'ciris.collector': { brief: 'Name of the collector.', read: (c: CollectorSample) => c.collector },
  },
  info: {
    'error.type': {
      brief: 'Why the last collection failed; absent when it did not.',
      read: (c) => c.errorType,
    },
  },
  start: (c) => c.processStart,
  metrics: {
    up: ofCollector.gauge({
      name: 'ciris.telemetry.collector.up',
      unit: '',
      value: 'int',
      brief: 'Whether the last collection could read its source (1) or not (0).',
      read: (c) => Number(c.up),
    }),
    duration: ofCollector.gauge({
      name: 'ciris.telemetry.collector.duration',
      unit: 's',
      value: 'double',
      brief: 'Time that the last collection took.',
      read: (c) => c.durationSeconds,
    }),
    failures: ofCollector.counter({
      name: 'ciris.telemetry.collector.failures',
      unit: '{failure}',
      value: 'int',
      brief: 'Collections that could not read their source.',
      read: (c) => c.failures,
    }),
    problemsTimeout: problemsOf('timeout'),
    problemsParse: problemsOf('parse'),
    problemsOther: problemsOf('other'),
    lastSuccess: ofCollector.gauge({
      name: 'ciris.telemetry.collector.last_success',
      unit: 's',
      value: 'double',
      brief: 'When a collection last succeeded, as seconds since the epoch; absent before the first.',
      read: (c) => c.lastSuccessSeconds,
    }),
  },
});
