import type { Micros } from '../../metric/time.ts';

/** How one of the places that tell of the fleet could be read. */
export interface SourceSample {
  /** Such as `registry`, `servers`, `deployment_state`, `audit_log`, `manager_api`. */
  readonly source: string;
  /** Path or address, without credentials. */
  readonly location: string | undefined;
  readonly up: boolean;
  /** Why the last reading failed; undefined when it did not. */
  readonly errorType: string | undefined;
  /** When the content in use was written, by its own word or else by the file's. */
  readonly writtenAt: Micros | undefined;
  /** When the content in use was read. */
  readonly readAt: Micros | undefined;
  /** Of the snapshot. */
  readonly time: Micros;
}
