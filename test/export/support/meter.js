import { createFleetMeter } from '../../../src/export/meter/fleet-meter.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { time } from './fleet.js';
export const scope = { name: 'ciris-telemetry', version: '0.1.0' };
export function fleetMeter(options = {}) {
  return createFleetMeter({
    scope,
    clock: { now: () => time / 1000, monotonic: () => 0 },
    logger: silentLogger,
    ...options,
  });
}
/** What a producer yields, by metric name. */
export async function collected(producer) {
  const { resourceMetrics } = await producer.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scoped) => scoped.metrics);
  return new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
}
