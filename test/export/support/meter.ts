import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import {
  createFleetMeter,
  type FleetMeter,
  type FleetMeterOptions,
} from '../../../src/export/meter/fleet-meter.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { time } from './fleet.ts';

export const scope = { name: 'ciris-telemetry', version: '0.1.0' };

export function fleetMeter(options: Partial<FleetMeterOptions> = {}): FleetMeter {
  return createFleetMeter({
    scope,
    clock: { now: () => time / 1000, monotonic: () => 0 },
    logger: silentLogger,
    ...options,
  });
}

/** What a producer yields, by metric name. */
export async function collected(producer: MetricProducer): Promise<ReadonlyMap<string, MetricData>> {
  const { resourceMetrics } = await producer.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scoped) => scoped.metrics);
  return new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
}
