import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { StoreStats } from './shared-store.ts';

/** What a writer has done since it was created. */
export interface WriterStats {
  /** Requests that could be read, repeats included. */
  readonly requests: number;
  readonly undecodableRequests: number;
  /** Requests that the database could not take at the time. */
  readonly unavailableRequests: number;
  /** Of the catalog's points: a row is what came of one thing at one time. */
  readonly typed: StoreStats;
  /** Of all other points, each a row; undefined when those are rejected. */
  readonly generic: StoreStats | undefined;
  /** Of events; undefined when none are taken. */
  readonly events: StoreStats | undefined;
  /** Points and events that were rejected for good; a reason that has not occurred has no entry. */
  readonly rejected: ReadonlyMap<RejectionReason, number>;
  /** Points that are none of the catalog's, though their metric has a name that it knows. */
  readonly strangers: number;
  /** Lists of attributes, of points, scopes or resources, that named one twice. */
  readonly repeatedKeys: number;
}
