import type { InstrumentationScope } from '@opentelemetry/core';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import { scrape } from '../catalog/exporter.ts';
import { createFleetMeter } from '../export/meter/fleet-meter.ts';
import { registerObservables } from '../export/observe.ts';
import { toRow } from '../metric/row.ts';
import { microsFromMs } from '../metric/time.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { SnapshotSource } from '../snapshot/snapshot.ts';

export interface SnapshotAgeOptions {
  readonly scope: InstrumentationScope;
  readonly instance: string;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Yields how old the latest snapshot is, at the moment of asking: a figure of each scrape, not of any snapshot. */
export function observeAge({
  scope,
  instance,
  snapshots,
  clock,
  logger,
}: SnapshotAgeOptions): MetricProducer {
  const meter = createFleetMeter({ scope, clock, logger });
  registerObservables(meter, [scrape], () => {
    const now = microsFromMs(clock.now());
    const latest = snapshots.latest();
    // A clock that was set back since says nothing of the age.
    const isKnown = latest !== undefined && latest.time <= now;
    const snapshotAgeSeconds = isKnown ? (now - latest.time) / 1e6 : undefined;
    return [toRow(scrape, { instance, snapshotAgeSeconds }, now)];
  });
  return meter;
}
