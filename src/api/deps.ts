import type { Catalog } from '../catalog/catalog.ts';
import type { HistoryStore } from '../db/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { SnapshotSource } from '../snapshot/snapshot.ts';

/** What decides the form of an exposition: two headers of a scrape, as they came. */
export interface MetricsRequest {
  readonly accept: string | undefined;
  readonly acceptEncoding: string | undefined;
}

/** An exposition, ready to be sent as it is. */
export interface MetricsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Renders what was collected last; waits for no source. */
export type RenderMetrics = (request: MetricsRequest) => Promise<MetricsAnswer>;

/** Whether one thing that the service needs is there, and why not. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ready: boolean;
  readonly reason?: string | undefined;
}

export interface ApiDeps {
  readonly catalog: Catalog;
  readonly snapshots: SnapshotSource;
  readonly renderMetrics: RenderMetrics;
  /** Absent when nothing is stored: history then answers 503. */
  readonly history?: HistoryStore | undefined;
  /** Everything but the snapshot, which the API looks at itself; asked at every `GET /readyz`, so it must not wait. */
  readonly readiness: () => readonly ReadinessCheck[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Seconds from one snapshot to the next. */
  readonly intervalSeconds: number;
  /** Version of ciris-telemetry. */
  readonly version: string;
  /** Names besides `localhost` and the bound one that a Host header may carry while the server is on loopback. */
  readonly allowedHosts?: readonly string[] | undefined;
}
