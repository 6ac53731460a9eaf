import { describe, expect, it } from 'vitest';
import { migrationStatements } from '../../src/catalog/ddl.ts';
import type { LockedTable } from '../../src/catalog/lock.ts';

const time = { name: 'time', type: 'timestamptz', comment: 'Time.' } as const;
const id = { name: 'id', type: 'text', comment: "The queue's id." } as const;
const depth = { name: 'depth', type: 'bigint', comment: 'Depth.' } as const;
const queue: LockedTable = { name: 'queue', comment: 'A queue.', key: ['id', 'time'], columns: [time, id] };

describe('migrationStatements', () => {
  it('creates the schema and every table at first', () => {
    expect(migrationStatements([], [queue])).toEqual([
      'create schema if not exists telemetry;',
      [
        'create table telemetry.queue (',
        '  time timestamptz not null,',
        '  id text not null,',
        '  primary key (id, time)',
        ');',
      ].join('\n'),
      'create index queue_time on telemetry.queue using brin (time);',
      "comment on table telemetry.queue is 'A queue.';",
      "comment on column telemetry.queue.time is 'Time.';",
      "comment on column telemetry.queue.id is 'The queue''s id.';",
    ]);
  });

  it('adds a column to a table that is there', () => {
    expect(migrationStatements([queue], [{ ...queue, columns: [time, depth, id] }])).toEqual([
      'alter table telemetry.queue add column depth bigint;',
      "comment on column telemetry.queue.depth is 'Depth.';",
    ]);
  });

  it('creates only the table that is new', () => {
    const [create, ...others] = migrationStatements([queue], [queue, { ...queue, name: 'topic' }]);
    expect(create).toContain('create table telemetry.topic (');
    expect(others.join()).not.toContain('telemetry.queue');
  });

  it('says anew what has changed its meaning', () => {
    const changed = { ...queue, comment: 'A line.', columns: [time, { ...id, comment: 'Its id.' }] };
    expect(migrationStatements([queue], [changed])).toEqual([
      "comment on table telemetry.queue is 'A line.';",
      "comment on column telemetry.queue.id is 'Its id.';",
    ]);
  });

  it('has nothing to do when nothing has changed', () => {
    expect(migrationStatements([queue], [queue])).toEqual([]);
  });
});
