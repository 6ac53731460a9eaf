import type { Catalog } from '../catalog/catalog.ts';
import { indexByMetricName } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { EventStore, PointStore } from '../db/generic/ports.ts';
import type { SeriesPoint } from '../db/generic/series-point.ts';
import type { RowStore } from '../db/ports.ts';
import type { Payload } from '../export/sender.ts';
import { microsFromMs } from '../metric/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Steps, Turns } from '../runtime/steps.ts';
import { withinTime } from '../runtime/within-time.ts';
import { FindingLog } from './finding-log.ts';
import { GenericPoints } from './generic/generic-points.ts';
import { eventName, snapshotEventsOf } from './generic/snapshot-events.ts';
import type { GroupOutcome, Refused } from './group-commit.ts';
import { defaultWriterLimits, type WriterLimits } from './limits.ts';
import { type DecodeOutcome, decodeLogs, decodeMetrics } from './otlp/decode.ts';
import { OutageLog } from './outage-log.ts';
import { type MetricIndex, type Pivoted, pivot } from './pivot.ts';
import { type ReceiveOutcome, stored, type Unavailable, type Undecodable } from './receive-outcome.ts';
import { Rejections } from './rejections.ts';
import type { SharedStore } from './shared-store.ts';
import { type Stores, sharedStores } from './stores.ts';
import type { TimeWindow } from './validate.ts';
import type { WriterStats } from './writer-stats.ts';

/** OTLP payloads to rows in the database, without a word of HTTP. */
export interface WriterCore {
  /** Takes metrics. Resolves once everything is committed or known not to be, or when the signal aborts. */
  receive(payload: Payload, signal: AbortSignal): Promise<ReceiveOutcome>;
  /** Takes logs: the events of snapshots among them. */
  receiveLogs(payload: Payload, signal: AbortSignal): Promise<ReceiveOutcome>;
  stats(): WriterStats;
  /** Ends what is being stored, whoever waits for it; twice is safe. */
  close(): Promise<void>;
}

export interface WriterCoreOptions {
  readonly catalog: Catalog;
  /** Where the catalog's points go. */
  readonly store: RowStore;
  /** Where all other points go; they are rejected when not given. */
  readonly points?: PointStore | undefined;
  /** Where the events of snapshots go; they are rejected when not given. */
  readonly events?: EventStore | undefined;
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

/** What a request of metrics holds for the database, and what there is to say of it. */
interface ReadMetrics {
  readonly pivoted: Pivoted;
  readonly points: readonly SeriesPoint[];
  readonly repeatedKeys: number;
  readonly remark: string | undefined;
}

type Undecoded = Exclude<DecodeOutcome<unknown>, { readonly kind: 'decoded' }>;

const late = new Error('the database did not answer in time');

class Core implements WriterCore {
  readonly #index: MetricIndex;
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #limits: WriterLimits;
  readonly #outage: OutageLog;
  readonly #findings: FindingLog;
  readonly #turns = new Turns();
  #isClosing = false;
  readonly #rejected = new Map<RejectionReason, number>();
  readonly #counts = {
    requests: 0,
    undecodableRequests: 0,
    unavailableRequests: 0,
    strangers: 0,
    repeatedKeys: 0,
  };

  constructor(options: WriterCoreOptions) {
    const { catalog, clock, logger } = options;
    const limits = { ...defaultWriterLimits, ...options.limits };
    this.#index = indexByMetricName(catalog);
    this.#stores = sharedStores(options, limits);
    this.#clock = clock;
    this.#limits = limits;
    this.#outage = new OutageLog(logger);
    this.#findings = new FindingLog(logger);
  }

  stats(): WriterStats {
    const { typed, generic, events } = this.#stores;
    return {
      ...this.#counts,
      typed: typed.stats(),
      generic: generic?.stats(),
      events: events?.stats(),
      rejected: new Map(this.#rejected),
    };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const { typed, generic, events } = this.#stores;
    await Promise.all([typed, generic, events].map((store) => store?.close()));
  }

  async receive(payload: Payload, signal: AbortSignal): Promise<ReceiveOutcome> {
    const read = await this.#turns.take(this.#readMetrics(payload));
    if ('kind' in read) return read;
    const { pivoted, points } = read;
    const failure = await this.#within(signal, payload, (passage) =>
      this.#storeMetrics(pivoted, points, passage),
    );
    return failure ?? this.#acknowledge(read);
  }

  /** Of what was decoded nothing but rows and points is left: they may wait for long. */
  *#readMetrics(payload: Payload): Steps<ReadMetrics | Undecodable> {
    const decoded = yield* decodeMetrics(payload, this.#limits.maxItems);
    if (decoded.kind !== 'decoded') return this.#refuse(decoded);
    this.#counts.requests += 1;
    const { typed, generic } = this.#stores;
    const others = generic === undefined ? undefined : new GenericPoints();
    const pivoted = yield* pivot(decoded.request, { index: this.#index, window: this.#window(), others });
    typed.received(pivoted.typedPoints);
    generic?.received(pivoted.otherPoints);
    return {
      pivoted,
      points: others?.points ?? [],
      repeatedKeys: pivoted.repeatedKeys + (others?.repeatedKeys ?? 0),
      remark: decoded.request.remark,
    };
  }

  async receiveLogs(payload: Payload, signal: AbortSignal): Promise<ReceiveOutcome> {
    const decoded = await this.#turns.take(decodeLogs(payload, this.#limits.maxItems));
    if (decoded.kind !== 'decoded') return this.#refuse(decoded);
    this.#counts.requests += 1;
    const rejections = new Rejections();
    const events = snapshotEventsOf(decoded.request, this.#window(), rejections);
    const { events: store } = this.#stores;
    store?.received(events.length + rejections.points);
    if (store === undefined) rejections.add(eventName, 'unknown_event', events.length);
    else {
      const failure = await this.#within(signal, payload, (passage) =>
        this.#store(store, events, passage, ({ cause, reason }) =>
          rejections.add(eventName, cause, 1, reason),
        ),
      );
      if (failure !== undefined) return failure;
    }
    this.#countRejected('log records are rejected', rejections);
    const { remark } = decoded.request;
    if (remark !== undefined) this.#findings.remark(remark);
    return stored(rejections.points, rejections.message('records'), remark);
  }

  /** Typed rows first: what a later failure leaves of a request is what its sender's own dashboards show. */
  async #storeMetrics(
    { rows, pointsOf, rejections }: Pivoted,
    points: readonly SeriesPoint[],
    passage: Passage,
  ): Promise<Unavailable | undefined> {
    const { typed, generic } = this.#stores;
    const failure = await this.#store(typed, rows, passage, ({ item, cause, reason }) =>
      rejections.add(item.entity, cause, pointsOf(item), reason),
    );
    if (failure !== undefined || generic === undefined) return failure;
    return this.#store(generic, points, passage, ({ item, cause, reason }) =>
      rejections.add(item.series.group.name, cause, 1, reason),
    );
  }

  #refuse({ kind, message, at }: Undecoded): Undecodable {
    this.#counts.undecodableRequests += 1;
    return { kind: kind === 'invalid' ? 'undecodable' : kind, message, at };
  }

  #window(): TimeWindow {
    const now = this.#clock.now();
    return {
      oldest: microsFromMs(now - this.#limits.maxAgeMs),
      newest: microsFromMs(now + this.#limits.maxAheadMs),
    };
  }

  #within<T>(signal: AbortSignal, payload: Payload, work: (passage: Passage) => Promise<T>): Promise<T> {
    // The body itself must not live for as long as the work does.
    const { length: bytes } = payload.bytes;
    return withinTime({ ms: this.#limits.storeTimeoutMs, reason: late, signal }, (own) =>
      work({ bytes, signal: own }),
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
    if (items.length > 0) this.#outage.end('the database takes rows again');
    for (const refused of outcome.refused) refuse(refused);
    return undefined;
  }

  #unavailable(outcome: NotStored, { reason }: AbortSignal): Unavailable {
    this.#counts.unavailableRequests += 1;
    const { retryAfterMs } = this.#limits;
    const isLate = outcome.kind === 'aborted' && reason === late;
    const told = reasonOf(outcome, reason);
    if (this.#isClosing || !(isLate || outcome.kind === 'unavailable'))
      return { kind: 'unavailable', message: told, retryAfterMs };
    const message = `the database takes no rows: ${told}`;
    this.#outage.met(message);
    return { kind: 'unavailable', message, retryAfterMs };
  }

  /** Counts for good: only what is acknowledged is not sent again. */
  #acknowledge({ pivoted, repeatedKeys, remark }: ReadMetrics): ReceiveOutcome {
    const { rejections, strangers } = pivoted;
    this.#counts.strangers += strangers.points;
    this.#counts.repeatedKeys += repeatedKeys;
    this.#findings.warn(
      'points that the catalog knows otherwise are kept with those that it does not know',
      strangers.findings(),
    );
    this.#countRejected('points are rejected', rejections);
    if (remark !== undefined) this.#findings.remark(remark);
    return stored(rejections.points, rejections.message(), repeated(repeatedKeys), remark);
  }

  #countRejected(what: string, rejections: Rejections): void {
    for (const [reason, points] of rejections.byReason())
      this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + points);
    this.#findings.warn(what, rejections.findings());
  }
}

type NotStored = Exclude<GroupOutcome<unknown>, { readonly kind: 'stored' }>;

function reasonOf(outcome: NotStored, abortReason: unknown): string {
  switch (outcome.kind) {
    case 'full':
      return 'more waits for the database than there is room for';
    case 'aborted':
      return messageOf(abortReason);
    case 'unavailable':
      return outcome.message;
  }
}

function repeated(keys: number): string | undefined {
  return keys === 0 ? undefined : `lists of attributes that name one twice, its last value taken: ${keys}`;
}
