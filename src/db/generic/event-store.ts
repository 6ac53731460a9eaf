import type { Pool, PoolClient } from 'pg';
import type { Value } from '../../metric/row.ts';
import { bigintArray, doubleArray, jsonbArray, textArray, timeArray } from '../rows/binary-array.ts';
import { inTransaction, retryConflicts } from '../transaction.ts';
import { answerInTime } from './answer-in-time.ts';
import { insertApart } from './insert-apart.ts';
import type { EventOutcome, EventStore, RefusedEvent, SnapshotEvent } from './ports.ts';

export interface EventStoreOptions {
  /** Longest time until an answer; 8 s when not given. */
  readonly deadlineMs?: number;
}

const names =
  'time, instance, id, sequence, duration, row_count, problem_count, digest, previous_digest, signature, attributes';

const insert = {
  name: 'insert snapshot',
  text: `insert into telemetry.snapshot (${names})
    select time, instance, id::uuid, sequence, duration, row_count, problem_count, decode(digest, 'hex'),
      decode(previous_digest, 'hex'), signature, attributes
    from unnest($1::timestamptz[], $2::text[], $3::text[], $4::bigint[], $5::double precision[], $6::bigint[], $7::bigint[],
      $8::text[], $9::text[], $10::text[], $11::jsonb[]) as new (${names})
    on conflict (instance, id, time) do nothing`,
};

/** Stores what exporters say of their snapshots, each batch in one transaction. Never rejects for the database's sake. */
export function createEventStore(pool: Pool, options: EventStoreOptions = {}): EventStore {
  return {
    store: (events, outer) =>
      answerInTime<EventOutcome>({ ...options, signal: outer }, async (signal) => {
        if (events.length === 0) return { kind: 'stored', inserted: 0, duplicates: 0, refused: [] };
        return retryConflicts(signal, () =>
          inTransaction(pool, signal, (client) => storeEvents(client, events)),
        );
      }),
  };
}

async function storeEvents(client: PoolClient, events: readonly SnapshotEvent[]): Promise<EventOutcome> {
  const refused: RefusedEvent[] = [];
  const inserted = await insertApart(client, events.toSorted(byKey), {
    insert: insertEvents,
    refuse: (event, reason) => void refused.push({ event, reason }),
  });
  return { kind: 'stored', inserted, duplicates: events.length - inserted - refused.length, refused };
}

/** The order in which every writer locks them. */
function byKey(a: SnapshotEvent, b: SnapshotEvent): number {
  if (a.instance !== b.instance) return a.instance < b.instance ? -1 : 1;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.time - b.time;
}

async function insertEvents(client: PoolClient, events: readonly SnapshotEvent[]): Promise<number> {
  const { rowCount } = await client.query({ ...insert, values: columnsOf(events) });
  return rowCount ?? 0;
}

function columnsOf(events: readonly SnapshotEvent[]): Buffer[] {
  const { length } = events;
  const texts = (read: (event: SnapshotEvent) => string | undefined): Buffer =>
    textArray(length, (index) => ofEvent(events[index], read));
  const counts = (read: (event: SnapshotEvent) => Value | undefined): Buffer =>
    bigintArray(length, (index) => ofEvent(events[index], read));
  return [
    timeArray(length, (index) => events[index]?.time),
    texts(({ instance }) => instance),
    texts(({ id }) => id),
    counts(({ sequence }) => sequence),
    doubleArray(length, (index) => events[index]?.duration),
    counts(({ rows }) => rows),
    counts(({ problems }) => problems),
    texts(({ digest }) => hexOf(digest)),
    texts(({ previousDigest }) => hexOf(previousDigest)),
    texts(({ signature }) => signature),
    jsonbArray(length, (index) => events[index]?.attributes),
  ];
}

function ofEvent<T>(
  event: SnapshotEvent | undefined,
  read: (event: SnapshotEvent) => T | undefined,
): T | undefined {
  return event === undefined ? undefined : read(event);
}

function hexOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
}
