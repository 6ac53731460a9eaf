import { entityOf } from '../metric/define.ts';

/** How many findings of one kind a snapshot holds. */
export interface FindingSample {
  readonly instance: string;
  readonly kind: string;
  readonly count: number;
}

const { entity, gauge } = entityOf<FindingSample>();

/** What does not fit together in the watched fleet, counted by kind; a kind that was not found has no row. */
export const finding = entity({
  name: 'finding',
  brief: 'What does not fit together in the watched fleet, counted by kind.',
  identity: {
    'service.instance.id': { brief: 'The exporter that says so.', read: (f: FindingSample) => f.instance },
    'ciris.finding.kind': { brief: 'What kind of contradiction.', read: (f: FindingSample) => f.kind },
  },
  metrics: {
    count: gauge({
      name: 'ciris.findings',
      unit: '{finding}',
      value: 'int',
      brief: 'Contradictions of this kind in the snapshot; absent where there are none.',
      read: (f) => f.count,
    }),
  },
});
