/** ciris-telemetry as a library: the telemetry of a fleet within a host's own process. */
export { createTelemetry, type Telemetry, type TelemetryOptions } from './app/telemetry.ts';
export type { HostSources } from './app/watch.ts';
export type {
  CollectContext,
  Collected,
  Collector,
  Failure,
  Finding,
  Problem,
} from './collectors/collector.ts';
export type { DeploymentRecord } from './collectors/deployments/record.ts';
export type {
  HostTarget,
  RegistryDocument,
  RegistryDocumentEntry,
} from './collectors/targets/host-sources.ts';
export type { VersionRecord } from './collectors/versions/options.ts';
export { registerObservables } from './export/observe.ts';
export type { ScrapeAnswer, ScrapeRequest } from './export/prometheus/prometheus-side.ts';
export { type AnyEntity, type Entity, entityOf } from './metric/define.ts';
export { type Attributes, type Row, toRow, type Value } from './metric/row.ts';
export type { Micros } from './metric/time.ts';
export type { Clock } from './runtime/clock.ts';
export { type ErrorCode, TelemetryError } from './runtime/errors.ts';
export type { Logger } from './runtime/logger.ts';
export type { Outcome, Snapshot, SnapshotSource } from './snapshot/snapshot.ts';
