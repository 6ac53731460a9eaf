import type { Finding } from '../collectors/collector.ts';
import type { Row } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import type { ErrorCode } from '../runtime/errors.ts';

/** How one collector fared in one snapshot. */
export interface Outcome {
  readonly collector: string;
  readonly ok: boolean;
  readonly durationMs: number;
  /** Rows that it contributed. */
  readonly rows: number;
  /** Single reads that failed, in words. */
  readonly problems: readonly string[];
  readonly errorType?: ErrorCode;
  readonly message?: string;
}

/** What all collectors found at one time. Never changes once published. */
export interface Snapshot {
  /** UUIDv7. */
  readonly id: string;
  /** Counts from 1 since the process started. */
  readonly sequence: number;
  /** When it was begun. Rows carry this time, or an earlier one where their source keeps its figures for a while. */
  readonly time: Micros;
  readonly durationMs: number;
  readonly rows: readonly Row[];
  /** What does not fit together in the fleet, in words. */
  readonly findings: readonly Finding[];
  readonly outcomes: readonly Outcome[];
}

/** Read access to the snapshots of a running service. */
export interface SnapshotSource {
  latest(): Snapshot | undefined;
  /** Called with every new snapshot until the returned function is called. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void;
  /** Takes a snapshot now, or joins the one under way. */
  collectNow(): Promise<Snapshot>;
}
