/** One measured figure, and how it compares to a peer measured in the same run. */
export interface Result {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  /** Who, with the peer's own figure in the same unit. */
  readonly peer?: string;
  /** How many times ours is better than the peer: above 1 is ahead. */
  readonly ratio?: number;
}

export interface Bench {
  readonly name: string;
  /** What it measures, against what, and what is aimed at. */
  readonly brief: string;
  /** Yields figures as they are measured; throws when a part that it needs is missing, naming it. */
  run(): AsyncIterable<Result>;
}

/** Three digits: no bench is more exact. */
export function figureText(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1e6
    ? `${rounded / 1e6} M`
    : Math.abs(rounded) >= 1e4
      ? `${rounded / 1e3} k`
      : String(rounded);
}
