import type { Catalog } from '../catalog/catalog.ts';
import { indexByMetricName } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { RowStore, StoreOutcome } from '../db/ports.ts';
import { OncePerChange } from '../export/once-per-change.ts';
import type { Payload } from '../export/sender.ts';
import { microsFromMs } from '../metric/time.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { defaultWriterLimits, type WriterLimits } from './limits.ts';
import { decodeMetrics } from './otlp/decode.ts';
import { type MetricIndex, type Pivoted, pivot } from './pivot.ts';
import { describeFinding, type Finding } from './rejections.ts';
import type { TimeWindow } from './validate.ts';
import type { WriterStats } from './writer-stats.ts';

/** What became of one payload. Only `stored` may be acknowledged. */
export type ReceiveOutcome =
  | {
      readonly kind: 'stored';
      readonly inserted: number;
      readonly completed: number;
      readonly duplicates: number;
      readonly rejectedPoints: number;
      /** What was wrong with the payload, if anything. */
      readonly message?: string;
    }
  /** It is no valid request, or one with more in it than the limit: nothing of it was stored, nor ever will be. */
  | { readonly kind: 'undecodable' | 'too_large'; readonly message: string; readonly at: string }
  /** Nothing is known to be stored; the same payload may be sent again. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly retryAfterMs: number };

/** OTLP payloads to rows in the database, without a word of HTTP. */
export interface WriterCore {
  /** Resolves once everything is committed or known not to be. */
  receive(payload: Payload, signal: AbortSignal): Promise<ReceiveOutcome>;
  stats(): WriterStats;
}

export interface WriterCoreOptions {
  readonly catalog: Catalog;
  readonly store: RowStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<WriterLimits>;
}

export function createWriterCore(options: WriterCoreOptions): WriterCore {
  return new Core(options);
}

/** Metrics and reasons that were logged; beyond these, the statistics have to do. */
const maxLogged = 1000;
const maxInLine = 10;

class Core implements WriterCore {
  readonly #index: MetricIndex;
  readonly #store: RowStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limits: WriterLimits;
  readonly #standing: OncePerChange;
  readonly #logged = new Set<string>();
  readonly #rejectedPoints = new Map<RejectionReason, number>();
  readonly #counts = {
    requests: 0,
    points: 0,
    insertedRows: 0,
    completedRows: 0,
    duplicateRows: 0,
    repeatedKeys: 0,
    undecodableRequests: 0,
    unavailableRequests: 0,
  };

  constructor({ catalog, store, clock, logger, limits }: WriterCoreOptions) {
    this.#index = indexByMetricName(catalog);
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#limits = { ...defaultWriterLimits, ...limits };
    this.#standing = new OncePerChange(logger);
  }

  stats(): WriterStats {
    return { ...this.#counts, rejectedPoints: new Map(this.#rejectedPoints) };
  }

  async receive(payload: Payload, signal: AbortSignal): Promise<ReceiveOutcome> {
    const decoded = decodeMetrics(payload, this.#limits.maxItems);
    if (decoded.kind !== 'decoded') {
      const { kind, message, at } = decoded;
      this.#counts.undecodableRequests += 1;
      if (this.#isFresh(kind))
        this.#logger.warn('a request is refused in whole, and others will be without another word', {
          message,
          at,
        });
      return { kind: kind === 'invalid' ? 'undecodable' : kind, message, at };
    }
    const pivoted = pivot(decoded.request, this.#index, this.#window());
    this.#counts.requests += 1;
    this.#counts.points += pivoted.points;
    const stored = await this.#storeRows(pivoted, signal);
    if (stored.kind === 'stored') return this.#acknowledge(pivoted, stored, decoded.request.remark);
    this.#counts.unavailableRequests += 1;
    const message = `the database takes no rows: ${stored.message}`;
    this.#standing.warn('database', message);
    return { kind: 'unavailable', message, retryAfterMs: this.#limits.retryAfterMs };
  }

  #window(): TimeWindow {
    const now = this.#clock.now();
    return {
      oldest: microsFromMs(now - this.#limits.maxAgeMs),
      newest: microsFromMs(now + this.#limits.maxAheadMs),
    };
  }

  async #storeRows({ rows }: Pivoted, signal: AbortSignal): Promise<StoreOutcome> {
    if (rows.length === 0) return { kind: 'stored', inserted: 0, completed: 0, duplicates: 0, refused: [] };
    const deadline = AbortSignal.timeout(this.#limits.storeTimeoutMs);
    const outcome = await this.#store.store(rows, AbortSignal.any([signal, deadline]));
    if (outcome.kind === 'stored') this.#standing.end('database', 'the database takes rows again');
    return outcome;
  }

  /** Counts for good: only what is acknowledged is not sent again. */
  #acknowledge(
    { rejections, pointsOf, repeatedKeys }: Pivoted,
    { inserted, completed, duplicates, refused }: StoreOutcome & { readonly kind: 'stored' },
    remark: string | undefined,
  ): ReceiveOutcome {
    for (const { row, reason } of refused) rejections.add(row.entity, 'refused_row', pointsOf(row), reason);
    this.#counts.insertedRows += inserted;
    this.#counts.completedRows += completed;
    this.#counts.duplicateRows += duplicates;
    this.#counts.repeatedKeys += repeatedKeys;
    for (const [reason, points] of rejections.byReason())
      this.#rejectedPoints.set(reason, (this.#rejectedPoints.get(reason) ?? 0) + points);
    this.#logFindings(rejections.findings());
    const message = messageOf(rejections.message(), repeated(repeatedKeys), remark);
    const outcome = {
      kind: 'stored',
      inserted,
      completed,
      duplicates,
      rejectedPoints: rejections.points,
    } as const;
    return message === undefined ? outcome : { ...outcome, message };
  }

  /** One line for all that a request brought for the first time: a sender of something else may bring hundreds of metrics. */
  #logFindings(findings: readonly Finding[]): void {
    const fresh = findings.filter(({ metric, reason }) => this.#isFresh(`${metric} ${reason}`));
    if (fresh.length === 0) return;
    const said = fresh.slice(0, maxInLine).map(describeFinding);
    const more = fresh.length > maxInLine ? [`and of ${fresh.length - maxInLine} more metrics`] : [];
    this.#logger.warn(
      `points are rejected, and will be without another word: ${[...said, ...more].join('; ')}`,
    );
  }

  #isFresh(subject: string): boolean {
    if (this.#logged.has(subject) || this.#logged.size >= maxLogged) return false;
    this.#logged.add(subject);
    return true;
  }
}

/** What the sender is told of a request that was stored, but not quite as it was sent. */
function messageOf(...parts: readonly (string | undefined)[]): string | undefined {
  const said = parts.filter((part) => part !== undefined);
  return said.length === 0 ? undefined : said.join('; ');
}

function repeated(keys: number): string | undefined {
  return keys === 0 ? undefined : `points that name an attribute twice, its last value taken: ${keys}`;
}
