import type { AnyEntity } from '../metric/define.ts';
import type { Row } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import type { ErrorCode } from '../runtime/errors.ts';

/** One read that failed within a collection that otherwise went on; it costs its own figures only. */
export interface Problem {
  readonly kind: 'timeout' | 'parse' | 'other';
  /** What was read, of what, and what came instead. */
  readonly message: string;
}

/** Why a source as a whole could not be read. */
export interface Failure {
  readonly type: ErrorCode;
  /** What was attempted, on what, and what to do about it: logged once per change. */
  readonly message: string;
}

/** What a collection found. Rows may come with a failure: `up` 0 is a row too. */
export interface Collected {
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
  readonly failure?: Failure;
}

export interface CollectContext {
  /** The snapshot's time, which every row of it carries. */
  readonly time: Micros;
  /** Milliseconds in which to return with whatever has arrived by then. */
  readonly budgetMs: number;
  /** Aborts shortly after the budget is spent, when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Reads one kind of source. Its runner owns deadlines, timing, logging and self-metrics. */
export interface Collector {
  readonly name: string;
  readonly entities: readonly AnyEntity[];
  collect(context: CollectContext): Promise<Collected>;
  close(): Promise<void>;
}
