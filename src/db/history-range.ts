import { bucketSeconds } from '../catalog/rollup.ts';
import type { Micros } from '../metric/time.ts';

/** What history is read from, finest first: the rows as they came, or their rollups. */
export const resolutions = ['raw', '5m', '1h'] as const;

export type Resolution = (typeof resolutions)[number];

/** Of rows as they came the least that two times can differ by. */
export const bucketMicros: Readonly<Record<Resolution, number>> = {
  raw: 1,
  '5m': bucketSeconds['5m'] * 1e6,
  '1h': bucketSeconds['1h'] * 1e6,
};

/** From when on each resolution is known to be whole. */
export type KeptSince = Readonly<Record<Resolution, Micros>>;

/** A part of the range, from its start to before its end, that is read from one resolution. */
export interface Segment {
  readonly resolution: Resolution;
  readonly from: Micros;
  readonly to: Micros;
}

export interface Range {
  readonly from: Micros;
  readonly to: Micros;
  readonly stepMicros: number;
}

export interface RangePlan extends Range {
  /** The coarsest that is read. */
  readonly resolution: Resolution;
  /** In the order of time, without a gap; at least one. */
  readonly segments: readonly Segment[];
}

/**
 * Chooses what answers a question: as much as possible from the coarsest buckets that divide the step, and from finer ones
 * only what is left at both ends of the range, so that the answer is what the rows as they came would give. Where those are
 * no longer kept, step and range are widened to whole buckets of the finest resolution that still has the range.
 */
export function planRange(asked: Range, since: KeptSince): RangePlan {
  const kept = resolutions.filter((each) => since[each] <= asked.from);
  const [finest = '1h', ...coarser] = kept;
  const width = bucketMicros[finest];
  const stepMicros = ceilTo(asked.stepMicros, width);
  const from = floorTo(asked.from, width);
  const to = ceilTo(asked.to, width);
  const dividing = coarser.filter((each) => stepMicros % bucketMicros[each] === 0);
  const segments = cover(from, to, [...dividing.toReversed(), finest]);
  const resolution = resolutions.findLast((each) => segments.some((one) => one.resolution === each));
  return { from, to, stepMicros, segments, resolution: resolution ?? finest };
}

/** The whole buckets of the coarsest resolution, and the rest before and after by the finer ones. */
function cover(from: Micros, to: Micros, coarsestFirst: readonly Resolution[]): readonly Segment[] {
  const [resolution, ...finer] = coarsestFirst;
  if (resolution === undefined || from >= to) return [];
  if (finer.length === 0) return [{ resolution, from, to }];
  const start = ceilTo(from, bucketMicros[resolution]);
  const end = floorTo(to, bucketMicros[resolution]);
  if (start >= end) return cover(from, to, finer);
  return [...cover(from, start, finer), { resolution, from: start, to: end }, ...cover(end, to, finer)];
}

const floorTo = (value: number, width: number): number => Math.floor(value / width) * width;
const ceilTo = (value: number, width: number): number => Math.ceil(value / width) * width;
