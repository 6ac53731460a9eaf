/** Times and starts are in seconds. */
interface SampleBase {
  readonly at: number;
  readonly start: number | undefined;
  readonly sum: number | undefined;
}

export interface ExplicitSample extends SampleBase {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

export interface ExponentialSample extends SampleBase {
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  /** Of both sides. */
  readonly offset: number;
  readonly positive: readonly number[];
  readonly negative: readonly number[];
}

export interface Question {
  readonly since: number;
  readonly width: number;
  readonly isDelta: boolean;
}

/** What one sample adds: all that it has, or what it has more than the one before. */
interface Step<T> {
  readonly now: T;
  readonly before: T | undefined;
}

const total = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);

/** `hasFallen` tells whether anything was counted that is no longer. */
function stepsOf<T extends SampleBase>(
  samples: readonly T[],
  { since, width, isDelta }: Question,
  hasFallen: (now: T, before: T) => boolean,
): readonly Step<T>[] {
  const steps: Step<T>[] = [];
  for (const [index, now] of samples.entries()) {
    if (now.at < since || now.at >= since + width) continue;
    const before = samples[index - 1];
    const start = now.start !== undefined && now.start < now.at ? now.start : undefined;
    if (isDelta) steps.push({ now, before: undefined });
    else if (before === undefined) {
      if (start !== undefined && start >= since) steps.push({ now, before });
    } else {
      const isLater =
        start !== undefined &&
        start !== before.start &&
        (start >= before.at || (before.start !== undefined && start > before.start + 5));
      steps.push({ now, before: isLater || hasFallen(now, before) ? undefined : before });
    }
  }
  return steps;
}

function totalsOf<T extends SampleBase>(steps: readonly Step<T>[], countOf: (sample: T) => number) {
  const sums = steps.flatMap(({ now, before }) => [now.sum, before === undefined ? 0 : before.sum]);
  const known = sums.every((sum) => sum !== undefined);
  return {
    count: total(steps.map(({ now, before }) => countOf(now) - (before === undefined ? 0 : countOf(before)))),
    sum: known
      ? total(
          steps.map(({ now, before }) => Number(now.sum) - (before === undefined ? 0 : Number(before.sum))),
        )
      : null,
  };
}

const samplesIn = <T>(steps: readonly Step<T>[]): readonly T[] =>
  steps.flatMap(({ now, before }) => (before === undefined ? [now] : [now, before]));

/** The answer as JSON; undefined where there is none. */
export function explicitByForce(samples: readonly ExplicitSample[], asked: Question) {
  const isSame = (a: ExplicitSample, b: ExplicitSample): boolean => `${a.bounds}` === `${b.bounds}`;
  const steps = stepsOf(samples, asked, (now, before) => {
    const bucketFell =
      isSame(now, before) && now.counts.some((count, place) => count < (before.counts[place] ?? 0));
    return bucketFell || total(now.counts) < total(before.counts);
  });
  const [first] = steps;
  if (first === undefined) return undefined;
  const totals = totalsOf(steps, ({ counts }) => total(counts));
  if (!samplesIn(steps).every((one) => isSame(one, first.now)))
    return { ...totals, bounds: null, counts: null };
  const counts = first.now.counts.map((_, place) =>
    total(steps.map(({ now, before }) => (now.counts[place] ?? 0) - (before?.counts[place] ?? 0))),
  );
  return { ...totals, bounds: first.now.bounds, counts };
}

type Side = 'positive' | 'negative';

/** Adds what a sample has to buckets of a smaller scale, so many times. */
function addTo(
  buckets: Map<number, number>,
  sample: ExponentialSample,
  { side, scale, times }: { side: Side; scale: number; times: number },
) {
  for (const [place, count] of sample[side].entries()) {
    const index = Math.floor((sample.offset + place) / 2 ** (sample.scale - scale));
    buckets.set(index, (buckets.get(index) ?? 0) + times * count);
  }
}

const countOf = ({ zeroCount, positive, negative }: ExponentialSample): number =>
  zeroCount + total(positive) + total(negative);

function exponentialFell(now: ExponentialSample, before: ExponentialSample): boolean {
  if (countOf(now) < countOf(before)) return true;
  if (now.zeroThreshold !== before.zeroThreshold) return false;
  const scale = Math.min(now.scale, before.scale);
  const sides = (['positive', 'negative'] as const).map((side) => {
    const buckets = new Map<number, number>();
    addTo(buckets, now, { side, scale, times: 1 });
    addTo(buckets, before, { side, scale, times: -1 });
    return [...buckets.values()];
  });
  return now.zeroCount < before.zeroCount || sides.flat().some((count) => count < 0);
}

export function exponentialByForce(samples: readonly ExponentialSample[], asked: Question) {
  const steps = stepsOf(samples, asked, exponentialFell);
  const [first] = steps;
  if (first === undefined) return undefined;
  const used = samplesIn(steps);
  const fits = used.every(({ zeroThreshold }) => zeroThreshold === first.now.zeroThreshold);
  const scale = Math.min(...used.map((one) => one.scale));
  const listOf = (side: Side) => {
    const buckets = new Map<number, number>();
    for (const { now, before } of steps) {
      addTo(buckets, now, { side, scale, times: 1 });
      if (before !== undefined) addTo(buckets, before, { side, scale, times: -1 });
    }
    const places = [...buckets].filter(([, count]) => count > 0).map(([index]) => index);
    const [from, to] = places.length === 0 ? [0, -1] : [Math.min(...places), Math.max(...places)];
    const counts = Array.from({ length: to - from + 1 }, (_, place) => buckets.get(from + place) ?? 0);
    return { offset: fits ? from : null, counts: fits ? counts : null };
  };
  const [positive, negative] = [listOf('positive'), listOf('negative')];
  return {
    ...totalsOf(steps, countOf),
    scale: fits ? scale : null,
    zero_count: fits ? total(steps.map(({ now, before }) => now.zeroCount - (before?.zeroCount ?? 0))) : null,
    zero_threshold: fits ? first.now.zeroThreshold : null,
    positive_offset: positive.offset,
    positive_counts: positive.counts,
    negative_offset: negative.offset,
    negative_counts: negative.counts,
  };
}
