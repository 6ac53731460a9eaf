import { catalog, storedEntities } from '../../src/catalog/catalog.ts';
import { createFleetMeter } from '../../src/export/meter/fleet-meter.ts';
import { registerObservables } from '../../src/export/observe.ts';
import { toPayload } from '../../src/export/otlp/payload.ts';
import { createResource } from '../../src/export/resource.ts';
import { microsFromMs } from '../../src/metric/time.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { loadRows } from '../e2e/support/load-rows.ts';
import { encodeMessage } from '../writer/support/otlp-schema.ts';

/** A good request in both encodings. */
export interface Seed {
  readonly path: '/v1/metrics' | '/v1/logs';
  readonly json: string;
  readonly protobuf: Uint8Array;
}

type Json = Readonly<Record<string, unknown>>;

/** Requests as they come: the exporter's own, metrics of every kind from elsewhere, and snapshot events. */
export async function makeCorpus(nowMs: number): Promise<readonly Seed[]> {
  const time = `${nowMs}123456`;
  const generic = [sums(time), histograms(time), summaries(time)].map((metrics) =>
    seedOf('/v1/metrics', requestOf(metrics)),
  );
  return [await exportersOwn(nowMs), ...generic, seedOf('/v1/logs', events(time))];
}

function seedOf(path: Seed['path'], body: Json): Seed {
  const message = path === '/v1/logs' ? 'LogsRequest' : 'MetricsRequest';
  return { path, json: JSON.stringify(body), protobuf: encodeMessage(message, body) };
}

async function exportersOwn(nowMs: number): Promise<Seed> {
  const rows = loadRows(microsFromMs(nowMs), 1);
  const meter = createFleetMeter({ scope: { name: 'fuzz' }, clock: systemClock, logger: silentLogger });
  registerObservables(meter, storedEntities(catalog), () => rows);
  const { resourceMetrics } = await meter.collect();
  const resource = createResource({
    environment: {},
    version: '0.0.0',
    instanceId: 'fuzz',
    logger: silentLogger,
  });
  const request = { ...resourceMetrics, resource };
  const [json, protobuf] = [toPayload(request, 'json'), toPayload(request, 'protobuf')];
  if (json === undefined || protobuf === undefined) throw new Error('The exporter has nothing to say');
  return { path: '/v1/metrics', json: Buffer.from(json.bytes).toString(), protobuf: protobuf.bytes };
}

const attributes: readonly Json[] = [
  { key: 'text', value: { stringValue: 'größer \\ "als"' } },
  { key: 'flag', value: { boolValue: true } },
  { key: 'whole', value: { intValue: '9007199254740993' } },
  { key: 'part', value: { doubleValue: 0.1 } },
  { key: 'bytes', value: { bytesValue: 'AAECAw==' } },
  { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '-1' }, {}] } } },
  { key: 'map', value: { kvlistValue: { values: [{ key: 'in', value: { boolValue: false } }] } } },
];

function requestOf(metrics: readonly Json[]): Json {
  const scope = { name: 'fuzz', version: '1.0', attributes: attributes.slice(0, 2) };
  const scopeMetrics = [{ scope, schemaUrl: 'https://example.com/scope', metrics }];
  return { resourceMetrics: [{ resource: { attributes }, schemaUrl: 'https://example.com', scopeMetrics }] };
}

function sums(timeUnixNano: string): readonly Json[] {
  const point = { startTimeUnixNano: timeUnixNano.replace(/\d{9}$/, '000000000'), timeUnixNano, attributes };
  const dataPoints = [{ ...point, asInt: '-42' }];
  return [
    {
      name: 'fuzz.gauge',
      unit: '1',
      description: 'A gauge.',
      gauge: { dataPoints: [{ ...point, asDouble: 1e-7 }] },
    },
    { name: 'fuzz.total', unit: 'By', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } },
    { name: 'fuzz.delta', sum: { aggregationTemporality: 1, isMonotonic: false, dataPoints } },
    { name: 'fuzz.stale', gauge: { dataPoints: [{ ...point, flags: 1 }] } },
  ];
}

function histograms(timeUnixNano: string): readonly Json[] {
  const point = {
    startTimeUnixNano: timeUnixNano,
    timeUnixNano,
    attributes,
    count: '6',
    sum: 12.5,
    min: -1,
    max: 9,
  };
  const explicit = { ...point, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 5] };
  const exponential = {
    ...point,
    scale: 3,
    zeroCount: '1',
    zeroThreshold: 1e-9,
    positive: { offset: -4, bucketCounts: ['1', '0', '2'] },
    negative: { offset: 2, bucketCounts: ['2'] },
  };
  return [1, 2].flatMap((aggregationTemporality) => [
    { name: 'fuzz.histogram', unit: 's', histogram: { aggregationTemporality, dataPoints: [explicit] } },
    {
      name: 'fuzz.exponential',
      exponentialHistogram: { aggregationTemporality, dataPoints: [exponential] },
    },
  ]);
}

function summaries(timeUnixNano: string): readonly Json[] {
  const quantileValues = [0, 0.5, 1].map((quantile) => ({ quantile, value: quantile * 7 }));
  const point = { timeUnixNano, attributes, count: '3', sum: 10, quantileValues };
  return [{ name: 'fuzz.summary', unit: 's', summary: { dataPoints: [point, point] } }];
}

function events(timeUnixNano: string): Json {
  const own = {
    id: { stringValue: '0195a2b0-0000-7000-8000-000000000001' },
    sequence: { intValue: '7' },
    duration: { doubleValue: 0.25 },
    rows: { intValue: '43' },
    problems: { intValue: '0' },
    digest: { bytesValue: Buffer.alloc(32, 1).toString('base64') },
    previous_digest: { bytesValue: Buffer.alloc(32, 2).toString('base64') },
    signature: { stringValue: 'none' },
  };
  const record = {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    severityNumber: 9,
    severityText: 'INFO',
    eventName: 'ciris.telemetry.snapshot',
    body: { stringValue: 'a snapshot' },
    attributes: [
      { key: 'service.instance.id', value: { stringValue: 'fuzz' } },
      ...Object.entries(own).map(([key, value]) => ({ key: `ciris.snapshot.${key}`, value })),
    ],
  };
  const strange = { ...record, eventName: 'fuzz.event', attributes };
  const scopeLogs = [{ scope: { name: 'fuzz' }, logRecords: [record, strange] }];
  return { resourceLogs: [{ resource: { attributes }, scopeLogs }] };
}
