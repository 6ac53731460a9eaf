import type { Json } from './conformance-rig.ts';

/** 2026-03-01T12:00:10.123456789Z, which is now for a writer under test. */
export const nanos = '1772366410123456789';
/** Ten seconds before. */
export const startNanos = '1772366400000000000';

export const attributesOf = (pairs: Readonly<Record<string, unknown>>): readonly Json[] =>
  Object.entries(pairs).map(([key, value]) => ({ key, value: anyValueOf(value) }));

function anyValueOf(value: unknown): Json {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number') return { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValueOf) } };
  if (value === null) return {};
  return { kvlistValue: { values: attributesOf(Object.fromEntries(Object.entries(Object(value)))) } };
}

export const requestOf = (...metrics: readonly Json[]): Json => ({
  resourceMetrics: [{ resource: {}, scopeMetrics: [{ scope: { name: 'test' }, metrics }] }],
});

export const containerId = (id: string) => ({ 'ciris.server.id': 'main', 'container.id': id });

export const pointOf = (id: string, more: Json = {}): Json => ({
  attributes: attributesOf(containerId(id)),
  timeUnixNano: nanos,
  ...more,
});

/** Memory in use, a metric of the catalog, of these containers. */
export const memoryOf = (...dataPoints: readonly Json[]): Json => ({
  name: 'container.memory.usage',
  unit: 'By',
  sum: { aggregationTemporality: 2, isMonotonic: false, dataPoints },
});

/** Memory in use of as many containers, each another figure. */
export const memoryOfMany = (count: number, prefix = 'c'): Json =>
  memoryOf(
    ...Array.from({ length: count }, (_, index) =>
      pointOf(`${prefix}${index}`, { asInt: String(index + 1) }),
    ),
  );

/** A gauge that the catalog does not know. */
export const gaugeOf = (name: string, ...dataPoints: readonly Json[]): Json => ({
  name,
  gauge: { dataPoints },
});

/** The event of a snapshot with these attributes, fields of its record and further attributes as they are. */
export function snapshotOf(
  pairs: Readonly<Record<string, unknown>>,
  fields: Json = {},
  more: readonly Json[] = [],
): Json {
  const known = {
    'service.instance.id': 'exporter-1',
    'ciris.snapshot.id': '0197a3f0-0000-7000-8000-000000000001',
    'ciris.snapshot.sequence': 3n,
  };
  const attributes = [...attributesOf({ ...known, ...pairs }), ...more];
  const record = { timeUnixNano: nanos, eventName: 'ciris.telemetry.snapshot', attributes, ...fields };
  return { resourceLogs: [{ resource: {}, scopeLogs: [{ scope: { name: 'test' }, logRecords: [record] }] }] };
}
