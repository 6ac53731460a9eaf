import type { EventStore, PointStore, SnapshotEvent } from '../db/generic/ports.ts';
import type { SeriesPoint } from '../db/generic/series-point.ts';
import type { RowStore } from '../db/ports.ts';
import type { Row } from '../metric/row.ts';
import type { GroupCommitLimits } from './group-commit.ts';
import { SharedStore } from './shared-store.ts';

/** Where things are stored, each shared by all requests. */
export interface Stores {
  readonly typed: SharedStore<Row>;
  readonly generic: SharedStore<SeriesPoint> | undefined;
  readonly events: SharedStore<SnapshotEvent> | undefined;
}

export interface StoresOptions {
  readonly store: RowStore;
  readonly points?: PointStore | undefined;
  readonly events?: EventStore | undefined;
}

/** Puts one queue in front of each store. */
export function sharedStores({ store, points, events }: StoresOptions, limits: GroupCommitLimits): Stores {
  return {
    typed: new SharedStore(async (rows, signal) => {
      const outcome = await store.store(rows, signal);
      if (outcome.kind !== 'stored') return outcome;
      const refused = outcome.refused.map(({ row: item, reason }) => ({
        item,
        cause: 'refused_row' as const,
        reason,
      }));
      return { ...outcome, refused };
    }, limits),
    generic: points === undefined ? undefined : shareOf(points, limits),
    // They are few, and must not take connections from the others.
    events: events === undefined ? undefined : eventShareOf(events, { ...limits, maxTransactions: 1 }),
  };
}

function shareOf(points: PointStore, limits: GroupCommitLimits): SharedStore<SeriesPoint> {
  return new SharedStore(async (items, signal) => {
    const outcome = await points.store(items, signal);
    if (outcome.kind !== 'stored') return outcome;
    const refused = outcome.refused.map(({ point: item, cause, reason }) => ({ item, cause, reason }));
    return { ...outcome, completed: 0, refused };
  }, limits);
}

function eventShareOf(events: EventStore, limits: GroupCommitLimits): SharedStore<SnapshotEvent> {
  return new SharedStore(async (items, signal) => {
    const outcome = await events.store(items, signal);
    if (outcome.kind !== 'stored') return outcome;
    const refused = outcome.refused.map(({ event: item, reason }) => ({
      item,
      cause: 'refused_row' as const,
      reason,
    }));
    return { ...outcome, completed: 0, refused };
  }, limits);
}
