import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEventStore } from '../../../src/db/generic/event-store.ts';
import type { SnapshotEvent } from '../../../src/db/generic/ports.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { noon } from '../../support/sample-series.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
});
afterEach(() => pool.query('truncate telemetry.snapshot'));
afterAll(() => postgres.stop());

const never = new AbortController().signal;

function snapshot(parts: Partial<SnapshotEvent> = {}): SnapshotEvent {
  return {
    time: noon,
    instance: 'exporter-1',
    id: '019cbb5e-7a00-7000-8000-000000000001',
    sequence: 1,
    duration: 0.25,
    rows: 12,
    problems: 0,
    digest: Buffer.alloc(32, 1),
    previousDigest: undefined,
    signature: undefined,
    attributes: '{"more":[1,2]}',
    ...parts,
  };
}

describe('createEventStore', () => {
  it('stores snapshots with all that is known of them, each once', async () => {
    const store = createEventStore(pool);
    const events = [
      snapshot({ time: noon + 1, sequence: 9007199254740993n, id: '019cbb5e-7a00-7000-8000-000000000002' }),
      snapshot({ previousDigest: Buffer.alloc(32, 2), signature: 'signed' }),
    ];
    expect(await store.store(events, never)).toEqual({
      kind: 'stored',
      inserted: 2,
      duplicates: 0,
      refused: [],
    });
    expect(await store.store([...events, snapshot({ instance: 'b' })], never)).toMatchObject({
      inserted: 1,
      duplicates: 2,
    });
    const { rows } = await pool.query('select * from telemetry.snapshot order by instance, time');
    expect(rows).toEqual([
      expect.objectContaining({ instance: 'b' }),
      {
        time: new Date(noon / 1000),
        instance: 'exporter-1',
        id: '019cbb5e-7a00-7000-8000-000000000001',
        sequence: '1',
        duration: 0.25,
        row_count: '12',
        problem_count: '0',
        digest: Buffer.alloc(32, 1),
        previous_digest: Buffer.alloc(32, 2),
        signature: 'signed',
        attributes: { more: [1, 2] },
      },
      expect.objectContaining({ sequence: '9007199254740993', previous_digest: null, signature: null }),
    ]);
  });

  it('refuses one that the database does not take, and stores the others', async () => {
    // More than an entry of the index can hold, and nothing that it could compress.
    const instance = Array.from({ length: 4000 }, (_, at) =>
      String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000)),
    ).join('');
    const endless = snapshot({ instance });
    const events = [snapshot(), endless, snapshot({ time: noon + 1 })];
    expect(await createEventStore(pool).store(events, never)).toEqual({
      kind: 'stored',
      inserted: 2,
      duplicates: 0,
      refused: [{ event: endless, reason: expect.stringContaining('54000') }],
    });
  });

  it('stores nothing of nothing', async () => {
    expect(await createEventStore(pool).store([], never)).toEqual({
      kind: 'stored',
      inserted: 0,
      duplicates: 0,
      refused: [],
    });
  });

  it('says so when the database is away', async () => {
    const nowhere = postgres.pool('postgresql://nobody@127.0.0.1:1/none');
    expect(await createEventStore(nowhere).store([snapshot()], never)).toEqual({
      kind: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
