import type { RejectionReason } from '../catalog/rejection-reasons.ts';

/** What a writer has done since it was created. */
export interface WriterStats {
  /** Requests that could be read, repeats included. */
  readonly requests: number;
  readonly points: number;
  readonly insertedRows: number;
  /** Rows that gave a known row columns that it lacked. */
  readonly completedRows: number;
  readonly duplicateRows: number;
  /** Points that were rejected for good; a reason that has not occurred has no entry. */
  readonly rejectedPoints: ReadonlyMap<RejectionReason, number>;
  /** Points that named an attribute twice. */
  readonly repeatedKeys: number;
  readonly undecodableRequests: number;
  /** Requests that the database could not take at the time. */
  readonly unavailableRequests: number;
}
