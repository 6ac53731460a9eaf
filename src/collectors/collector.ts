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

/** Something about the watched fleet itself that does not fit together: read without fault, and worth a person's look. */
export interface Finding {
  /** One of few words such as `agent_claimed_twice`, by which findings are counted. */
  readonly kind: string;
  /** What was found, of what, and what to do about it. Holds no secrets and no text of users. */
  readonly message: string;
  /** Logged as this; as a warning where it is absent. */
  readonly level?: 'info';
}

/** What a collection found. Rows may come with a failure: `up` 0 is a row too. */
export interface Collected {
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
  readonly findings?: readonly Finding[];
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

/** What follows from the rows that all collectors found at one time. */
export interface Derived {
  readonly rows: readonly Row[];
  readonly findings?: readonly Finding[];
}

/** Sums up one snapshot; reads no source. Derivations run in order, each on the rows of all collectors and of those before it. */
export interface Derivation {
  readonly name: string;
  derive(rows: readonly Row[], time: Micros): Derived;
}
