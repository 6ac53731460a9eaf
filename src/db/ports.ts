import type { Row, Value } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';

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
  /** Width of a bucket in seconds. */
  readonly stepSeconds: number;
  /** Identity attributes to match exactly, such as `container.id`. */
  readonly where: Readonly<Record<string, string>>;
  /** Series at most; more is an error that says so. */
  readonly maxSeries: number;
}

export interface HistoryPoint {
  /** Start of the bucket. */
  readonly time: Micros;
  /** Of a gauge or up-down counter: the average of its samples. Of a counter: its increase over the bucket, resets included. */
  readonly value: Value | undefined;
  readonly min: Value | undefined;
  readonly max: Value | undefined;
  /** Of a stateset: the last state in the bucket. */
  readonly state: string | undefined;
  /** Samples in the bucket; a bucket without any is not in the answer. */
  readonly samples: number;
}

export interface HistorySeries {
  readonly identity: Readonly<Record<string, string>>;
  readonly points: readonly HistoryPoint[];
}

export interface HistoryStore {
  history(query: HistoryQuery, signal: AbortSignal): Promise<readonly HistorySeries[]>;
}
