import type { SnapshotEvent } from '../../src/db/generic/ports.ts';
import type { SeriesPoint } from '../../src/db/generic/series-point.ts';
import { minute, noon, numberPoint, sampleSeries } from './sample-series.ts';

/** A point of each kind that the generic tables hold. */
export function pointsOfEveryKind(time: number = noon): readonly SeriesPoint[] {
  const at = { time, start: time - minute };
  const other = { monotonic: undefined };
  return [
    numberPoint(sampleSeries(), { ...at, value: 9007199254740993n }),
    {
      ...at,
      kind: 'histogram',
      series: sampleSeries({}, { kind: 'histogram', ...other }),
      count: 3,
      sum: 900.5,
      min: undefined,
      max: 800,
      bounds: [1, 10],
      counts: [1, 0, 2],
    },
    {
      ...at,
      kind: 'exponentialHistogram',
      series: sampleSeries({}, { kind: 'exponential_histogram', ...other }),
      count: 4,
      sum: 7,
      min: undefined,
      max: undefined,
      scale: 2,
      zeroCount: 1,
      zeroThreshold: 0,
      positive: { offset: -1, counts: [1, 2] },
      negative: { offset: 0, counts: [] },
    },
    {
      ...at,
      kind: 'summary',
      series: sampleSeries({}, { kind: 'summary', ...other, temporality: undefined }),
      count: 2,
      sum: 3,
      quantiles: [{ quantile: 0.5, value: 1.5 }],
    },
  ];
}

/** What an exporter says of a snapshot. */
export const sampleEvent: SnapshotEvent = {
  time: noon,
  instance: 'exporter',
  id: '0198c0de-0000-7000-8000-000000000001',
  sequence: 7,
  duration: 0.25,
  rows: 40,
  problems: 0,
  digest: new Uint8Array([1, 2, 3]),
  previousDigest: undefined,
  signature: undefined,
  attributes: '{}',
};
