import { describe, expect, it } from 'vitest';
import { layoutOf, type StoredRelation } from '../../../src/db/layout/layout.ts';

const relation = (kind: StoredRelation['kind']): StoredRelation => ({
  kind,
  columns: [],
  comment: null,
  hasDefault: false,
});
const timescale = { version: '2.23.0', license: 'timescale', schema: 'public' } as const;
const apache = { ...timescale, license: 'apache' } as const;
const numbers = 'telemetry.number_point';

describe('how a database lies', () => {
  it.each([
    ['aggregates of the community edition', timescale, { [numbers]: 'table' }, 'hypertables', 'aggregates'],
    ['tables of the Apache edition', apache, { [numbers]: 'table' }, 'hypertables', 'tables'],
    ['tables, as begun', timescale, { 'telemetry_data.container_5m': 'hypertable' }, 'hypertables', 'tables'],
    [
      'aggregates, as begun',
      apache,
      { 'telemetry_data.container_5m_1': 'view' },
      'hypertables',
      'aggregates',
    ],
    ['partitions, as begun', timescale, { [numbers]: 'partitioned' }, 'partitions', 'tables'],
    [
      'whatever else is in the schema',
      timescale,
      { 'telemetry_data.other': 'table' },
      'hypertables',
      'aggregates',
    ],
    ['somebody’s view in the schema', apache, { 'telemetry_data.other': 'view' }, 'hypertables', 'tables'],
  ] as const)('%s', (_title, features, found, pieces, rollups) => {
    const relations = new Map(Object.entries(found).map(([name, kind]) => [name, relation(kind)]));
    expect(layoutOf({ timescale: features }, relations)).toEqual({ pieces, rollups });
  });
});
