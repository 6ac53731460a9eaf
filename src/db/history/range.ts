import {
  bucketSeconds,
  byResolution,
  type Resolution as RollupResolution,
  resolutions as rollupResolutions,
} from '../../catalog/rollup.ts';
import type { Micros } from '../../metric/time.ts';

/** What history is read from, finest first: the rows as they came, or their rollups. */
export const resolutions = ['raw', ...rollupResolutions] as const;

export type Resolution = (typeof resolutions)[number];

/** Of rows as they came the least that two times can differ by. */
export const bucketMicros: Readonly<Record<Resolution, number>> = {
  raw: 1,
  ...byResolution((resolution) => bucketSeconds[resolution] * 1e6),
};

/** What there is to read. */
export interface Kept {
  /** From when on these are whole, which of rollups are kept no less long than rows; coarser ones are read as far back as there are any. */
  readonly since: Readonly<Record<'raw' | '5m', Micros>>;
  /** Until when each rollup is stored; what is newer would have to be reckoned from rows by every question. */
  readonly stored: Readonly<Record<RollupResolution, Micros>>;
}

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
  /** In the order of time, without a gap; none where the range holds no time. */
  readonly segments: readonly Segment[];
}

/**
 * Chooses what answers a question: as much as possible from the coarsest buckets that divide the step and are stored, and
 * from finer ones only what is left at both ends of the range, so that the answer is what the rows as they came would give.
 * Where those are no longer kept, step and range are widened to whole buckets of the finest resolution that is.
 */
export function planRange(asked: Range, { since, stored }: Kept): RangePlan {
  // A bucket goes only when all of it is old.
  const kept = { stored, since: { raw: since.raw, '5m': floorTo(since['5m'], bucketMicros['5m']) } };
  const finest = finestAt(asked.from, kept);
  const stepMicros = ceilTo(asked.stepMicros, bucketMicros[finest]);
  const from = floorTo(asked.from, bucketMicros[finest]);
  const to = ceilTo(asked.to, bucketMicros[finestAt(floorTo(asked.to, bucketMicros['1h']), kept)]);
  const dividing = resolutions.filter((each) => stepMicros % bucketMicros[each] === 0);
  const segments = cover({ from, to }, dividing.toReversed(), kept);
  const resolution = resolutions.findLast((each) => segments.some((one) => one.resolution === each));
  return { from, to, stepMicros, segments, resolution: resolution ?? finest };
}

/** Where the last sample before a range is looked for, up to a time. */
export type Before = Pick<Segment, 'resolution' | 'to'>;

/** What is kept for longer: hours for as long as anything. */
const outlivedBy: Readonly<Record<Resolution, readonly RollupResolution[]>> = {
  raw: ['5m', '1h'],
  '5m': ['1h'],
  '1h': [],
  '3h': [],
};

/**
 * Where the first segment is read from, and the whole stored buckets of what outlives that: of a thing that was away for long, those
 * alone may know the last sample.
 */
export function beforeRange({ from, segments }: RangePlan, { stored }: Kept): readonly Before[] {
  const first = segments[0]?.resolution ?? 'raw';
  const coarser = outlivedBy[first].map((resolution) => ({
    resolution,
    to: Math.min(floorTo(from, bucketMicros[resolution]), stored[resolution]),
  }));
  return [{ resolution: first, to: from }, ...coarser.filter(({ to }) => to > 0)];
}

/** The start of the step in which a time lies. */
export function stepStart(time: Micros, { stepMicros }: Pick<Range, 'stepMicros'>): Micros {
  return floorTo(time, stepMicros);
}

function finestAt(time: Micros, kept: Kept): Resolution {
  return resolutions.find((each) => isKept(each, time, kept)) ?? '1h';
}

function isKept(resolution: Resolution, time: Micros, { since }: Kept): boolean {
  return (resolution !== 'raw' && resolution !== '5m') || since[resolution] <= time;
}

/** The whole stored buckets of the coarsest resolution, and the rest before and after by finer ones where those are kept. */
function cover(
  { from, to }: Pick<Range, 'from' | 'to'>,
  coarsestFirst: readonly Resolution[],
  kept: Kept,
): readonly Segment[] {
  const [resolution = 'raw', ...finer] = coarsestFirst;
  if (resolution === 'raw') return [{ resolution, from, to }];
  const rest = (part: Pick<Range, 'from' | 'to'>): readonly Segment[] => {
    if (part.from >= part.to) return [];
    const usable = finer.filter((each) => isKept(each, part.from, kept));
    return usable.length > 0 ? cover(part, usable, kept) : [{ resolution, ...part }];
  };
  const start = ceilTo(from, bucketMicros[resolution]);
  const end = Math.min(floorTo(to, bucketMicros[resolution]), kept.stored[resolution]);
  if (start >= end) return rest({ from, to });
  return [...rest({ from, to: start }), { resolution, from: start, to: end }, ...rest({ from: end, to })];
}

const floorTo = (value: number, width: number): number => Math.floor(value / width) * width;
const ceilTo = (value: number, width: number): number => Math.ceil(value / width) * width;
