import type { Row, Value } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import type { Resolution } from './history/range.ts';

/** A row that can never be stored, and why; the others of its batch are stored all the same. */
export interface RefusedRow {
  readonly row: Row;
  readonly reason: string;
}

/** What became of a batch of rows. Nothing is `stored` before it is committed. */
export type StoreOutcome =
  | {
      readonly kind: 'stored';
      /** Rows that were new, rows that filled columns of a known row, rows that changed nothing. */
      readonly inserted: number;
      readonly completed: number;
      readonly duplicates: number;
      readonly refused: readonly RefusedRow[];
    }
  /** The database is away, busy or not yet migrated: try the same rows again later. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** Where rows are stored for good: repeating a batch changes nothing. */
export interface RowStore {
  store(rows: readonly Row[], signal: AbortSignal): Promise<StoreOutcome>;
}

export interface HistoryQuery {
  readonly entity: string;
  /** The key of a metric in its entity. */
  readonly metric: string;
  readonly from: Micros;
  readonly to: Micros;
  /** Width of a step in seconds; steps are aligned to 1970. */
  readonly stepSeconds: number;
  /** Identity attributes to match exactly, such as `container.id`. */
  readonly where: Readonly<Record<string, string>>;
  /** Series at most; more is an error that says so. */
  readonly maxSeries: number;
}

export interface HistoryPoint {
  /** Start of the step. */
  readonly time: Micros;
  /** Of a gauge or up-down counter: the average of its samples. Of a counter: its increase over the step, resets included. */
  readonly value: Value | undefined;
  readonly min: Value | undefined;
  readonly max: Value | undefined;
  /** Of a stateset: the last state in the step. */
  readonly state: string | undefined;
  /** Of a stateset: for how many microseconds of the step each state is known to have held. */
  readonly stateMicros: Readonly<Record<string, number>> | undefined;
  /** Of a stateset: for how much of the step, as far as it is in the range and past, the state is not known. */
  readonly unknownMicros: number | undefined;
  /** Samples in the step; a step without any is not in the answer. */
  readonly samples: number;
}

export interface HistorySeries {
  readonly identity: Readonly<Record<string, string>>;
  readonly points: readonly HistoryPoint[];
}

/** What was read may be wider than what was asked, where it is no longer kept so finely. */
export interface History {
  readonly from: Micros;
  readonly to: Micros;
  readonly stepSeconds: number;
  /** The coarsest of what was read: rows as they came, or rollups. */
  readonly resolution: Resolution;
  readonly series: readonly HistorySeries[];
}

export interface HistoryStore {
  history(query: HistoryQuery, signal: AbortSignal): Promise<History>;
}
