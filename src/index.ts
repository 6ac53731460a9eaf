/** ciris-telemetry as a library: the telemetry of a fleet within a host's own process. */
export { createTelemetry, type Telemetry, type TelemetryOptions } from './app/telemetry.ts';
export { registerObservables } from './export/observe.ts';
export type { Attributes, Row, Value } from './metric/row.ts';
export type { Micros } from './metric/time.ts';
export { type ErrorCode, TelemetryError } from './runtime/errors.ts';
export type { Logger } from './runtime/logger.ts';
export type { Outcome, Snapshot, SnapshotSource } from './snapshot/snapshot.ts';
