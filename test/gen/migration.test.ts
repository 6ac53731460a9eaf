import { describe, expect, it } from 'vitest';
import { emptyLock, type Lock, type LockedTable } from '../../src/catalog/lock.ts';
import { generateMigration } from '../../src/gen/migration.ts';

const time = { name: 'time', type: 'timestamptz', comment: 'Time.' } as const;
const depth = { name: 'depth', type: 'bigint', comment: 'Depth.' } as const;
const age = { name: 'age', type: 'double precision', comment: 'Age.' } as const;

function lockWith(...tables: readonly LockedTable[]): Lock {
  return { tables, metrics: [] };
}

function queue(...columns: LockedTable['columns']): LockedTable {
  return { name: 'queue', comment: 'A queue.', key: ['time'], columns };
}

const locked = lockWith(queue(time));
const files = ['migrations/0001_init.sql', 'migrations/0009_roles.sql', 'migrations/schema.sql'];

function pathsFor(current: Lock): readonly string[] {
  return generateMigration({ locked, current, files }).map(({ path }) => path);
}

describe('generateMigration', () => {
  it('creates everything in the first migration', () => {
    const [migration, lock] = generateMigration({ locked: emptyLock, current: locked, files: [] });
    expect(migration?.path).toBe('migrations/0001_init.sql');
    expect(migration?.content.split('\n-- statement\n')[1]).toContain('create table telemetry.queue');
    expect(lock).toEqual({
      path: 'migrations/catalog.lock.json',
      content: `${JSON.stringify(locked, undefined, 2)}\n`,
    });
  });

  it('writes the next number, after hand-written migrations too, and names what is new', () => {
    expect(pathsFor(lockWith(queue(time, depth)))).toEqual([
      'migrations/0010_queue_depth.sql',
      'migrations/catalog.lock.json',
    ]);
  });

  it('counts what else is new', () => {
    const topic = { ...queue(time), name: 'topic' };
    expect(pathsFor(lockWith(queue(time, depth, age), topic))[0]).toBe(
      'migrations/0010_queue_depth_and_2_more.sql',
    );
  });

  it('carries a changed meaning into the database', () => {
    const changed = lockWith({ ...queue(time), comment: 'A line.' });
    const [migration] = generateMigration({ locked, current: changed, files });
    expect(migration).toEqual({
      path: 'migrations/0010_comments.sql',
      content: "comment on table telemetry.queue is 'A line.';\n",
    });
  });

  it('writes no migration when the tables are as they were', () => {
    const current = {
      ...locked,
      metrics: [{ name: 'a.b', kind: 'gauge', unit: '', attributes: [] }],
    } as const;
    expect(pathsFor(current)).toEqual(['migrations/catalog.lock.json']);
  });
});
