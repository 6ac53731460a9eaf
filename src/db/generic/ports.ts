import type { Micros } from '../../metric/time.ts';
import type { SeriesPoint } from './series-point.ts';

/** A point that can never be stored, and why; the others of its batch are stored all the same. */
export interface RefusedPoint {
  readonly point: SeriesPoint;
  /** Whether the id of its series is that of another one, or the database does not take the point. */
  readonly cause: 'series_collision' | 'refused_row';
  readonly reason: string;
}

/** What became of a batch. Nothing is `stored` before it is committed. */
export type PointOutcome =
  | {
      readonly kind: 'stored';
      /** Points that were new, and points of a series and time that were known already, which change nothing. */
      readonly inserted: number;
      readonly duplicates: number;
      readonly refused: readonly RefusedPoint[];
    }
  /** The database is away, busy or not yet migrated: try the same points again later. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** Where points of any series are stored for good: repeating a batch changes nothing. */
export interface PointStore {
  store(points: readonly SeriesPoint[], signal: AbortSignal): Promise<PointOutcome>;
}

/** What an exporter says of a snapshot that it took. What it does not say is undefined. */
export interface SnapshotEvent {
  readonly time: Micros;
  /** The exporter. */
  readonly instance: string;
  /** A UUID. */
  readonly id: string;
  readonly sequence: number | bigint | undefined;
  /** In seconds. */
  readonly duration: number | undefined;
  readonly rows: number | bigint | undefined;
  readonly problems: number | bigint | undefined;
  readonly digest: Uint8Array | undefined;
  readonly previousDigest: Uint8Array | undefined;
  readonly signature: string | undefined;
  /** What else it says, as a JSON object. */
  readonly attributes: string;
}

export interface RefusedEvent {
  readonly event: SnapshotEvent;
  readonly reason: string;
}

/** What became of a batch of events; as `PointOutcome`. */
export type EventOutcome =
  | {
      readonly kind: 'stored';
      readonly inserted: number;
      readonly duplicates: number;
      readonly refused: readonly RefusedEvent[];
    }
  | { readonly kind: 'unavailable'; readonly message: string };

/** Where events are stored for good: repeating a batch changes nothing. */
export interface EventStore {
  store(events: readonly SnapshotEvent[], signal: AbortSignal): Promise<EventOutcome>;
}
