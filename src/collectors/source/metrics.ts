import { entityOf } from '../../metric/define.ts';
import type { Micros } from '../../metric/time.ts';
import type { SourceSample } from './sample.ts';

const { entity, gauge } = entityOf<SourceSample>();

/** Clocks of two hosts differ a little: what seems to be written in the next moment is new. */
const ageOf = (since: Micros | undefined, time: Micros): number | undefined =>
  since === undefined ? undefined : Math.max(0, (time - since) / 1e6);

/** A place that tells of the fleet, such as the registry of CIRISManager. */
export const source = entity({
  name: 'source',
  brief: 'A place that tells of the fleet, such as the registry of CIRISManager.',
  identity: { 'ciris.source': { brief: 'Which place.', read: (s: SourceSample) => s.source } },
  info: {
    'ciris.source.location': { brief: 'Its path or address.', read: (s) => s.location },
    'error.type': { brief: 'Why it could not be read; absent while it can.', read: (s) => s.errorType },
  },
  metrics: {
    up: gauge({
      name: 'ciris.source.up',
      unit: '',
      value: 'int',
      brief: 'Whether the last reading gave content that can be used (1) or not (0).',
      read: (s) => Number(s.up),
    }),
    age: gauge({
      name: 'ciris.source.age',
      unit: 's',
      value: 'double',
      brief: 'Time since the content in use was written; it may be older than what its writer knows.',
      read: (s) => ageOf(s.writtenAt, s.time),
    }),
    readAge: gauge({
      name: 'ciris.source.read.age',
      unit: 's',
      value: 'double',
      brief: 'Time since the content in use was read; it grows while the source cannot be read.',
      read: (s) => ageOf(s.readAt, s.time),
    }),
  },
});
