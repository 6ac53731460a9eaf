import type { Catalog } from '../../../src/catalog/catalog.ts';
import { entityOf } from '../../../src/metric/define.ts';
import type { Micros } from '../../../src/metric/time.ts';

interface ProbeSample {
  readonly id: string;
  readonly site: string;
  readonly start: Micros | undefined;
}

const { entity, counter, updowncounter, gauge, stateset } = entityOf<ProbeSample>();

const unread = (): undefined => undefined;
const brief = 'A figure.';

const bytes = (direction: string) =>
  counter({
    name: 'probe.io',
    with: { direction },
    unit: 'By',
    value: 'int',
    brief,
    read: unread,
  });

/** An entity with every kind of metric, small enough to see through. */
export const probe = entity({
  name: 'probe',
  brief: 'A probe.',
  identity: {
    'probe.site': { brief, read: (s) => s.site },
    'probe.id': { brief, read: (s) => s.id },
  },
  info: { 'probe.version': { brief, read: unread }, 'probe.maker': { brief, read: unread } },
  infoMaps: { 'probe.label.': { brief, column: 'labels', read: () => ({}) } },
  start: (s) => s.start,
  metrics: {
    temperature: gauge({ name: 'probe.temperature', unit: 's', value: 'double', brief, read: unread }),
    load: gauge({ name: 'probe.load', unit: '{task}', value: 'int', brief, read: unread }),
    size: updowncounter({ name: 'probe.size', unit: 'By', value: 'int', brief, read: unread }),
    received: bytes('receive'),
    sent: bytes('send'),
    state: stateset({ name: 'probe.state', brief, states: ['idle', 'busy', 'broken'], read: unread }),
  },
});

/** An entity whose counters do not know when they began. */
const startless = entityOf<ProbeSample>().entity({
  name: 'startless',
  brief: 'A thing.',
  identity: { 'probe.id': { brief, read: (s: ProbeSample) => s.id } },
  metrics: { count: counter({ name: 'startless.count', unit: '', value: 'int', brief, read: unread }) },
});

const hidden = entityOf<ProbeSample>().entity({
  name: 'hidden',
  brief: 'Not stored.',
  stored: false,
  identity: { 'probe.id': { brief, read: (s: ProbeSample) => s.id } },
  metrics: { age: gauge({ name: 'hidden.age', unit: 's', value: 'double', brief, read: unread }) },
});

export const probeCatalog: Catalog = { entities: [probe, startless, hidden] };
