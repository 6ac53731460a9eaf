import { describe, expect, it } from 'vitest';
import { type Catalog, catalog } from '../../src/catalog/catalog.ts';
import { findPolicyBreaches } from '../../src/catalog/policy.ts';
import { type AnyEntity, entityOf } from '../../src/metric/define.ts';

interface Queue {
  readonly id: string;
  readonly depth: number;
}

const { counter, gauge, updowncounter, stateset, entity } = entityOf<Queue>();

const sound = entity({
  name: 'queue',
  brief: 'A queue.',
  identity: { 'ciris.component': { brief: 'The queue.', read: (q) => q.id } },
  info: { 'queue.kind': { brief: 'Kind of queue.', read: (q) => q.id } },
  start: () => 0,
  metrics: {
    depth: gauge({
      name: 'queue.depth',
      unit: '{item}',
      value: 'int',
      brief: 'Waiting items.',
      read: (q) => q.depth,
    }),
    taken: counter({
      name: 'queue.taken',
      unit: '{item}',
      value: 'int',
      brief: 'Taken items.',
      read: (q) => q.depth,
    }),
    state: stateset({ name: 'queue.state', brief: 'State.', states: ['open', 'closed'], read: () => 'open' }),
  },
});

const depth = {
  name: 'queue.depth',
  unit: '{item}',
  value: 'int',
  brief: 'Waiting.',
  read: () => 1,
} as const;
const attribute = { brief: 'An attribute.', read: () => 'x' };

function withMetrics(metrics: AnyEntity['metrics']): Catalog {
  return { entities: [{ ...sound, metrics }] };
}

function rulesBrokenBy(planted: Catalog): readonly string[] {
  return [...new Set(findPolicyBreaches(planted).map(({ rule }) => rule))];
}

describe('the policy', () => {
  it('is kept by the catalog', () => {
    expect(findPolicyBreaches(catalog)).toEqual([]);
  });

  it('is kept by a sound entity', () => {
    expect(findPolicyBreaches({ entities: [sound] })).toEqual([]);
  });

  it.each<[what: string, rule: string, planted: Catalog]>([
    ['a name with capitals', 'name', withMetrics({ depth: gauge({ ...depth, name: 'queue.Depth' }) })],
    ['a name without a namespace', 'name', withMetrics({ depth: gauge({ ...depth, name: 'depth' }) })],
    ['a unit in a name', 'name', withMetrics({ depth: gauge({ ...depth, name: 'queue.wait_seconds' }) })],
    ['a total in a name', 'name', withMetrics({ depth: counter({ ...depth, name: 'queue.taken.total' }) })],
    ['an attribute without a namespace', 'name', { entities: [{ ...sound, info: { kind: attribute } }] }],
    [
      'a constant attribute without a namespace',
      'name',
      withMetrics({ depth: gauge({ ...depth, with: { a: 'b' } }) }),
    ],
    ['a name of an entity in two words', 'name', { entities: [{ ...sound, name: 'work queue' }] }],
    [
      'a prefix without its dot',
      'name',
      {
        entities: [
          { ...sound, infoMaps: { 'queue.label': { ...attribute, column: 'labels', read: () => ({}) } } },
        ],
      },
    ],
    ['an empty brief', 'brief', withMetrics({ depth: gauge({ ...depth, brief: '' }) })],
    ['a brief without its full stop', 'brief', withMetrics({ depth: gauge({ ...depth, brief: 'Waiting' }) })],
    ['an entity without a brief', 'brief', { entities: [{ ...sound, brief: '' }] }],
    [
      'an unbounded identity',
      'identity',
      { entities: [{ ...sound, identity: { 'error.message': attribute } }] },
    ],
    ['a counter without a start', 'start', { entities: [withoutStart()] }],
    [
      'a stateset of one state',
      'states',
      withMetrics({
        state: stateset({ name: 'queue.state', brief: 'State.', states: ['open'], read: () => 'open' }),
      }),
    ],
    [
      'two units of one name',
      'variants',
      withMetrics({
        a: gauge({ ...depth, with: { 'queue.end': 'a' } }),
        b: gauge({ ...depth, unit: 'By', with: { 'queue.end': 'b' } }),
      }),
    ],
    [
      'two kinds of one name',
      'variants',
      withMetrics({
        a: gauge({ ...depth, with: { 'queue.end': 'a' } }),
        b: updowncounter({ ...depth, with: { 'queue.end': 'b' } }),
      }),
    ],
    [
      'two briefs of one name',
      'variants',
      withMetrics({
        a: gauge({ ...depth, with: { 'queue.end': 'a' } }),
        b: gauge({ ...depth, brief: 'Other.', with: { 'queue.end': 'b' } }),
      }),
    ],
    [
      'two sets of attributes of one name',
      'variants',
      withMetrics({
        a: gauge({ ...depth, with: { 'queue.end': 'a' } }),
        b: gauge({ ...depth, with: { 'queue.head': 'b' } }),
      }),
    ],
    [
      'a name in two entities',
      'unique-name',
      { entities: [sound, { ...sound, name: 'other', metrics: { depth: sound.metrics.depth }, info: {} }] },
    ],
    [
      'a name that is one in Prometheus',
      'unique-prometheus',
      withMetrics({
        a: gauge(depth),
        b: gauge({ ...depth, name: 'queue_depth.x' }),
        c: gauge({ ...depth, name: 'queue.depth.x' }),
      }),
    ],
    [
      'a gauge that is named as a counter',
      'unique-prometheus',
      withMetrics({
        a: counter({ ...depth, name: 'queue.taken' }),
        b: gauge({ ...depth, name: 'queue_taken.created' }),
      }),
    ],
    [
      'a metric that is named as the info metric',
      'unique-prometheus',
      withMetrics({ a: gauge({ ...depth, name: 'ciris.queue_info' }) }),
    ],
    [
      'a metric that is named as the family of the info metric',
      'unique-prometheus',
      withMetrics({ a: gauge({ ...depth, name: 'ciris.queue' }) }),
    ],
    [
      'attributes that are one label',
      'unique-label',
      {
        entities: [
          { ...sound, info: { 'queue.kind': attribute, 'queue_kind.': attribute, 'queue.kind.': attribute } },
        ],
      },
    ],
    [
      'a label that Prometheus keeps for itself',
      'reserved-label',
      { entities: [{ ...sound, info: { 'otel.scope.name': attribute } }] },
    ],
    [
      'an attribute within an info map',
      'unique-label',
      {
        entities: [
          {
            ...sound,
            info: { 'queue.label.x': attribute },
            infoMaps: { 'queue.label.': { ...attribute, column: 'labels', read: () => ({}) } },
          },
        ],
      },
    ],
    [
      'two metrics in one column',
      'unique-column',
      withMetrics({ a: gauge(depth), b: gauge({ ...depth, name: 'ciris.depth' }) }),
    ],
    [
      'a reserved word as a column',
      'reserved-word',
      withMetrics({ a: gauge({ ...depth, name: 'queue.limit' }) }),
    ],
    ['the table of migrations', 'unique-table', { entities: [{ ...sound, name: 'migration' }] }],
    ['a reserved word as a table', 'reserved-word', { entities: [{ ...sound, name: 'user' }] }],
    [
      'a column that PostgreSQL cuts off',
      'identifier',
      withMetrics({ a: gauge({ ...depth, name: `queue.${'x'.repeat(64)}` }) }),
    ],
    [
      'a column that begins with a digit',
      'identifier',
      withMetrics({ a: gauge({ ...depth, name: 'queue.5xx' }) }),
    ],
  ])('finds %s', (_what, rule, planted) => {
    expect(rulesBrokenBy(planted)).toContain(rule);
  });

  it('finds a unit that is none, although the compiler forbids it', () => {
    const planted: unknown = withMetrics({ depth: gauge({ ...depth, name: 'queue.share', unit: '{item}' }) });
    const text = JSON.stringify(planted).replace('{item}', '1');
    const parsed: Catalog = JSON.parse(text);
    expect(rulesBrokenBy(parsed)).toContain('unit');
  });

  it('says what is wrong with what', () => {
    const planted = withMetrics({ depth: gauge({ ...depth, name: 'queue.wait_seconds' }) });
    expect(findPolicyBreaches(planted)).toEqual([
      {
        metric: 'queue.wait_seconds',
        rule: 'name',
        message: 'queue.wait_seconds ends with a unit; Prometheus names get it from the unit alone',
      },
    ]);
  });
});

function withoutStart(): AnyEntity {
  const { start: _start, ...rest } = sound;
  return rest;
}
