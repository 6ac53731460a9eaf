import { setTimeout as delay } from 'node:timers/promises';
import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
} from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { ClientRun } from './clients.ts';

/** The exporters give up after ten seconds by default, and what they give up they do not tell. */
const patienceMs = 120_000;

/** Sends two rounds of metrics of every kind with OpenTelemetry's own exporters for JavaScript. */
export async function runJsClient(encoding: 'json' | 'protobuf', run: ClientRun): Promise<void> {
  const Exporter = encoding === 'json' ? JsonExporter : ProtobufExporter;
  const exporter = new Exporter({
    url: `${run.endpoint}/v1/metrics`,
    timeoutMillis: patienceMs,
    temporalityPreference:
      AggregationTemporalityPreference[run.temporality === 'delta' ? 'DELTA' : 'CUMULATIVE'],
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': run.name }),
    readers: [
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: 2 ** 30,
        exportTimeoutMillis: patienceMs,
      }),
    ],
    views: [
      {
        instrumentName: 'client.duration',
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 5, 10] } },
      },
      { instrumentName: 'client.size', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    ],
  });
  const meter = provider.getMeter('client', '1.2.3');
  const requests = meter.createCounter('client.requests', {
    unit: '{request}',
    description: 'Requests.',
    valueType: ValueType.INT,
  });
  const cost = meter.createCounter('client.cost', { unit: 'USD' });
  const queue = meter.createUpDownCounter('client.queue', { unit: '{item}', valueType: ValueType.INT });
  const temperature = meter.createGauge('client.temperature', { unit: 'Cel' });
  const duration = meter.createHistogram('client.duration', { unit: 's' });
  const size = meter.createHistogram('client.size', { unit: 'By' });
  let observed = 42;
  meter
    .createObservableGauge('client.observed', { valueType: ValueType.INT })
    .addCallback((result) => result.observe(observed));
  const ofA = { path: '/a', ok: true, code: 200, list: ['a', 'b'] };
  const ofB = { path: '/b', ok: false, code: 500, ratio: 0.5 };
  const flush = async (): Promise<void> => {
    // Its times are whole milliseconds, and a sum that began when it was read does not tell when it began.
    await delay(10);
    await provider.forceFlush();
  };
  try {
    requests.add(3, ofA);
    cost.add(0.5);
    queue.add(5);
    temperature.record(21.5);
    for (const seconds of [0.5, 3, 3, 20]) duration.record(seconds);
    for (const bytes of [1, 2, 4]) size.record(bytes);
    await flush();
    observed = 43;
    requests.add(7, ofA);
    requests.add(4, ofB);
    cost.add(0.25);
    queue.add(-2);
    temperature.record(-3.25);
    duration.record(7);
    for (const bytes of [0, 1000]) size.record(bytes);
    await flush();
  } finally {
    // The provider's own end would bring a third round.
    await exporter.shutdown();
  }
}
