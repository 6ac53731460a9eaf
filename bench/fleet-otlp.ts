import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { createFleetMeter } from '../src/export/meter/fleet-meter.ts';
import { registerObservables } from '../src/export/observe.ts';
import type { Payload } from '../src/export/sender.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { createFleet } from './fleet.ts';

const metrics = 20;

/** One request of a fleet's points, as OpenTelemetry's own exporters encode it. */
export async function encodeFleet(encoding: Payload['encoding'], points: number): Promise<Payload> {
  const fleet = createFleet({ name: 'thing', things: points / metrics, metrics });
  const meter = createFleetMeter({ scope: { name: 'bench' }, clock: systemClock, logger: silentLogger });
  const rows = fleet.rows(0);
  registerObservables(meter, [fleet.entity], () => rows);
  const { resourceMetrics } = await meter.collect();
  const serializer = encoding === 'protobuf' ? ProtobufMetricsSerializer : JsonMetricsSerializer;
  const bytes = serializer.serializeRequest(resourceMetrics);
  if (bytes === undefined) throw new Error('the SDK encoded nothing');
  return { encoding, bytes };
}
