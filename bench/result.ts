/** One measured figure, and the same figure of a peer measured in the same run. */
export interface Result {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  /** How many times ours is better than the peer: above 1 is ahead. */
  readonly ratio?: number;
}

export interface Bench {
  readonly name: string;
  /** What it measures, against what. */
  readonly brief: string;
  /** Yields figures as they are measured; throws when a part that it needs is missing, naming it. */
  run(): AsyncIterable<Result>;
}

/** The middle of an odd number of runs, after one that does not count. */
export async function medianMs(runs: number, work: () => unknown): Promise<number> {
  await work();
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}
