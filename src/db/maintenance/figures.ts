/** What maintenance has done since it started, for its own metrics. */
export interface MaintenanceFigures {
  /** Whether this process is the one that maintains. */
  readonly leads: boolean;
  /** When the last whole round began, in milliseconds since 1970. */
  readonly lastRound: number | undefined;
  readonly lastRoundSeconds: number | undefined;
  /** How far behind now the rollup is that is least far filled. */
  readonly lagSeconds: number | undefined;
  readonly rounds: number;
  /** Steps that failed, or rounds that broke off. */
  readonly failures: number;
  /** Buckets that were reckoned anew because rows came late. */
  readonly lateBuckets: number;
  /** Buckets that could not be, because rows of their time are gone. */
  readonly abandonedBuckets: number;
  readonly droppedPieces: number;
  /** Series that were removed because they had no points any more. */
  readonly removedSeries: number;
}

export const noFigures: MaintenanceFigures = {
  leads: false,
  lastRound: undefined,
  lastRoundSeconds: undefined,
  lagSeconds: undefined,
  rounds: 0,
  failures: 0,
  lateBuckets: 0,
  abandonedBuckets: 0,
  droppedPieces: 0,
  removedSeries: 0,
};
