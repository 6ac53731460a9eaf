import type { Catalog } from '../catalog/catalog.ts';
import { indexByMetricName } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { RowStore } from '../db/ports.ts';
import { OncePerChange } from '../export/once-per-change.ts';
import type { Payload } from '../export/sender.ts';
import type { Row } from '../metric/row.ts';
import { microsFromMs } from '../metric/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { withinTime } from '../runtime/within-time.ts';
import { FindingLog } from './finding-log.ts';
import type { GroupOutcome, Refused } from './group-commit.ts';
import { defaultWriterLimits, type WriterLimits } from './limits.ts';
import { decodeMetrics } from './otlp/decode.ts';
import { type MetricIndex, type Pivoted, pivot } from './pivot.ts';
import { type ReceiveOutcome, stored, type Unavailable, type Undecodable } from './receive-outcome.ts';
import type { Rejections } from './rejections.ts';
import { SharedStore } from './shared-store.ts';
import type { TimeWindow } from './validate.ts';
import type { WriterStats } from './writer-stats.ts';

/** OTLP payloads to rows in the database, without a word of HTTP. */
export interface WriterCore {
  /** Takes metrics. Resolves once everything is committed or known not to be, or when the signal aborts. */
  receive(payload: Payload, signal: AbortSignal): Promise<ReceiveOutcome>;
  stats(): WriterStats;
  /** Ends what is being stored, whoever waits for it; twice is safe. */
  close(): Promise<void>;
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

/** One request on its way into the database. */
interface Passage {
  readonly bytes: number;
  readonly signal: AbortSignal;
}

type Undecoded = Exclude<ReturnType<typeof decodeMetrics>, { readonly kind: 'decoded' }>;

const late = new Error('the database did not answer in time');

class Core implements WriterCore {
  readonly #index: MetricIndex;
  readonly #typed: SharedStore<Row>;
  readonly #clock: Clock;
  readonly #limits: WriterLimits;
  readonly #standing: OncePerChange;
  readonly #findings: FindingLog;
  readonly #logger: Logger;
  readonly #rejected = new Map<RejectionReason, number>();
  readonly #counts = {
    requests: 0,
    undecodableRequests: 0,
    unavailableRequests: 0,
    strangers: 0,
    repeatedKeys: 0,
  };

  constructor({ catalog, store, clock, logger, limits: given }: WriterCoreOptions) {
    const limits = { ...defaultWriterLimits, ...given };
    this.#index = indexByMetricName(catalog);
    this.#typed = new SharedStore(async (rows, signal) => {
      const outcome = await store.store(rows, signal);
      if (outcome.kind !== 'stored') return outcome;
      return { ...outcome, refused: outcome.refused.map(({ row, reason }) => ({ item: row, reason })) };
    }, limits);
    this.#clock = clock;
    this.#limits = limits;
    this.#standing = new OncePerChange(logger);
    this.#findings = new FindingLog(logger);
    this.#logger = logger;
  }

  stats(): WriterStats {
    return {
      ...this.#counts,
      typed: this.#typed.stats(),
      generic: undefined,
      events: undefined,
      rejected: new Map(this.#rejected),
    };
  }

  async close(): Promise<void> {
    await this.#typed.close();
  }

  async receive(payload: Payload, signal: AbortSignal): Promise<ReceiveOutcome> {
    const decoded = decodeMetrics(payload, this.#limits.maxItems);
    if (decoded.kind !== 'decoded') return this.#refuse(decoded);
    this.#counts.requests += 1;
    const pivoted = pivot(decoded.request, { index: this.#index, window: this.#window() });
    this.#typed.received(pivoted.typedPoints);
    const failure = await this.#within(signal, payload, (passage) => this.#storeMetrics(pivoted, passage));
    if (failure !== undefined) return failure;
    return this.#acknowledge(pivoted, decoded.request.remark);
  }

  async #storeMetrics({ rows, pointsOf, rejections }: Pivoted, passage: Passage) {
    return this.#store(this.#typed, rows, passage, ({ item, reason }) =>
      rejections.add(item.entity, 'refused_row', pointsOf(item), reason),
    );
  }

  #refuse({ kind, message, at }: Undecoded): Undecodable {
    this.#counts.undecodableRequests += 1;
    if (this.#findings.isFresh(kind))
      this.#logger.warn('a request is refused in whole, and others will be without another word', {
        message,
        at,
      });
    return { kind: kind === 'invalid' ? 'undecodable' : kind, message, at };
  }

  #window(): TimeWindow {
    const now = this.#clock.now();
    return {
      oldest: microsFromMs(now - this.#limits.maxAgeMs),
      newest: microsFromMs(now + this.#limits.maxAheadMs),
    };
  }

  #within<T>(signal: AbortSignal, { bytes }: Payload, work: (passage: Passage) => Promise<T>): Promise<T> {
    return withinTime({ ms: this.#limits.storeTimeoutMs, reason: late, signal }, (own) =>
      work({ bytes: bytes.length, signal: own }),
    );
  }

  /** Resolves with undefined once all items are committed, or were refused for good. */
  async #store<Item>(
    store: SharedStore<Item>,
    items: readonly Item[],
    { bytes, signal }: Passage,
    refuse: (refused: Refused<Item>) => void,
  ): Promise<Unavailable | undefined> {
    const outcome = await store.store(items, bytes, signal);
    if (outcome.kind !== 'stored') return this.#unavailable(outcome, signal);
    if (items.length > 0) this.#standing.end('database', 'the database takes rows again');
    for (const refused of outcome.refused) refuse(refused);
    return undefined;
  }

  #unavailable(
    outcome: Exclude<GroupOutcome<unknown>, { readonly kind: 'stored' }>,
    { reason }: AbortSignal,
  ): Unavailable {
    this.#counts.unavailableRequests += 1;
    const { retryAfterMs } = this.#limits;
    const fromDatabase = (problem: string): Unavailable => {
      const message = `the database takes no rows: ${problem}`;
      this.#standing.warn('database', message);
      return { kind: 'unavailable', message, retryAfterMs };
    };
    if (outcome.kind === 'unavailable') return fromDatabase(outcome.message);
    if (outcome.kind === 'aborted' && reason === late) return fromDatabase(late.message);
    const message =
      outcome.kind === 'full' ? 'more waits for the database than there is room for' : messageOf(reason);
    return { kind: 'unavailable', message, retryAfterMs };
  }

  /** Counts for good: only what is acknowledged is not sent again. */
  #acknowledge({ rejections, strangers, repeatedKeys }: Pivoted, remark: string | undefined): ReceiveOutcome {
    this.#counts.strangers += strangers.points;
    this.#counts.repeatedKeys += repeatedKeys;
    this.#findings.warn(
      'points that the catalog knows otherwise are kept with those that it does not know',
      strangers.findings(),
    );
    this.#countRejected(rejections);
    return stored(rejections.points, rejections.message(), repeated(repeatedKeys), remark);
  }

  #countRejected(rejections: Rejections): void {
    for (const [reason, points] of rejections.byReason())
      this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + points);
    this.#findings.warn('points are rejected', rejections.findings());
  }
}

function repeated(keys: number): string | undefined {
  return keys === 0 ? undefined : `points that name an attribute twice, its last value taken: ${keys}`;
}
