import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { type Lock, lockOf } from '../../src/catalog/lock.ts';
import { findLockBreaches } from '../../src/catalog/lock-policy.ts';
import { readCheckout } from '../../src/gen/checkout.ts';
import { parseLock } from '../../src/gen/lock-file.ts';
import { lockPath } from '../../src/gen/migration.ts';

const published: Lock = {
  tables: [
    {
      name: 'queue',
      comment: 'A queue.',
      key: ['id', 'time'],
      columns: [
        { name: 'time', type: 'timestamptz', comment: 'Time.' },
        { name: 'id', type: 'text', comment: 'Id.' },
        { name: 'depth', type: 'bigint', comment: 'Depth.' },
      ],
    },
  ],
  metrics: [
    { name: 'ciris.queue.info', kind: 'info', unit: '', attributes: ['queue.id', 'queue.kind'] },
    { name: 'queue.depth', kind: 'gauge', unit: '{item}', attributes: ['queue.id'] },
  ],
};
const [table] = published.tables;
const [info, depth] = published.metrics;
if (table === undefined || info === undefined || depth === undefined) throw new Error('the lock is empty');

function rulesBrokenBy(current: Partial<Lock>): readonly string[] {
  return findLockBreaches(published, { ...published, ...current }).map(({ rule }) => rule);
}

describe('the lock policy', () => {
  it('is kept by the catalog', () => {
    expect(findLockBreaches(parseLock(readCheckout(lockPath)), lockOf(catalog))).toEqual([]);
  });

  it.each<[what: string, rule: string, current: Partial<Lock>]>([
    ['a metric that is gone', 'removed', { metrics: [info] }],
    ['a metric of another kind', 'kind', { metrics: [info, { ...depth, kind: 'counter' }] }],
    ['a metric in another unit', 'unit', { metrics: [info, { ...depth, unit: 'By' }] }],
    ['an attribute that is gone', 'attribute', { metrics: [{ ...info, attributes: ['queue.id'] }, depth] }],
    [
      'another attribute',
      'attribute',
      { metrics: [info, { ...depth, attributes: ['queue.id', 'queue.end'] }] },
    ],
    ['a table that is gone', 'removed', { tables: [] }],
    ['another key', 'key', { tables: [{ ...table, key: ['time'] }] }],
    ['a column that is gone', 'removed', { tables: [{ ...table, columns: table.columns.slice(0, 2) }] }],
    [
      'a column of another type',
      'type',
      { tables: [{ ...table, columns: table.columns.map((column) => ({ ...column, type: 'text' })) }] },
    ],
  ])('finds %s', (_what, rule, current) => {
    expect(rulesBrokenBy(current)).toContain(rule);
  });

  it('lets a catalog grow', () => {
    const grown: Lock = {
      tables: [{ ...table, columns: [...table.columns, { name: 'age', type: 'bigint', comment: 'Age.' }] }],
      metrics: [
        { ...info, attributes: [...info.attributes, 'queue.owner'] },
        depth,
        { name: 'queue.age', kind: 'gauge', unit: 's', attributes: ['queue.id'] },
      ],
    };
    expect(findLockBreaches(published, grown)).toEqual([]);
  });
});
