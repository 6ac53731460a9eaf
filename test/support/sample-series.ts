import type { Series, SeriesGroup, SeriesNumber } from '../../src/db/generic/series-point.ts';

/** 2026-03-01T12:00:00Z in microseconds. */
export const noon = 1_772_366_400_000_000;
export const minute = 60_000_000;

/** A group of cumulative monotonic sums, but for what is given. */
export function sampleGroup(parts: Partial<SeriesGroup> = {}): SeriesGroup {
  const group = {
    name: 'jobs',
    kind: 'sum',
    unit: '{job}',
    temporality: 'cumulative',
    monotonic: true,
    resource: '{"service.name":"worker"}',
    resourceSchemaUrl: '',
    scope: '{"name":"test"}',
    ...parts,
  } as const;
  return { key: JSON.stringify(group), description: 'Jobs done.', ...group };
}

export function sampleSeries(
  attributes: Readonly<Record<string, unknown>> = {},
  parts: Partial<SeriesGroup> = {},
): Series {
  const text = JSON.stringify(attributes);
  return { group: sampleGroup(parts), key: text, attributes: text };
}

export function numberPoint(series: Series, parts: Partial<SeriesNumber> = {}): SeriesNumber {
  return { kind: 'number', series, time: noon, start: undefined, value: 1, ...parts };
}
