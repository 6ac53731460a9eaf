import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import { maintenance } from '../catalog/maintenance.ts';
import type { MaintenanceFigures } from '../db/maintenance/figures.ts';
import { createFleetMeter } from '../export/meter/fleet-meter.ts';
import { registerObservables } from '../export/observe.ts';
import { toRow } from '../metric/row.ts';
import { microsFromMs } from '../metric/time.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

export interface MaintenanceFiguresOptions {
  readonly instance: string;
  readonly version: string;
  readonly figures: () => MaintenanceFigures;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Yields how the database is kept in shape, at the moment of asking; its counters begin now. */
export function observeMaintenance(options: MaintenanceFiguresOptions): MetricProducer {
  const { instance, version, figures, clock, logger } = options;
  const processStart = microsFromMs(clock.now());
  const meter = createFleetMeter({ scope: { name: 'ciris-telemetry', version }, clock, logger });
  registerObservables(meter, [maintenance], () => {
    const { lastRound, lastRoundSeconds: durationSeconds, ...rest } = figures();
    const lastRoundSeconds = lastRound === undefined ? undefined : lastRound / 1000;
    const sample = { ...rest, instance, processStart, lastRoundSeconds, durationSeconds };
    return [toRow(maintenance, sample, microsFromMs(clock.now()))];
  });
  return meter;
}
