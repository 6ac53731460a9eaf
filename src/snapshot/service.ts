import { v7 as uuidv7 } from 'uuid';
import { type DeliveryStats, exporter } from '../catalog/exporter.ts';
import type { Collector, Derivation, Derived } from '../collectors/collector.ts';
import { type Row, toRow } from '../metric/row.ts';
import { type Micros, microsFromMs } from '../metric/time.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { deriveAll } from './derive.ts';
import { FindingBook } from './findings.ts';
import { fleetDerivation } from './fleet-row.ts';
import type { Outcome, Snapshot, SnapshotSource } from './snapshot.ts';
import { type Taken, takeAll } from './take.ts';
import { Tally } from './tally.ts';

/** What the process knows of itself at one moment. */
export interface Vitals {
  readonly droppedSeries: number;
  readonly delivery: DeliveryStats | undefined;
  readonly cpuUserSeconds: number | undefined;
  readonly cpuSystemSeconds: number | undefined;
  readonly residentBytes: number | undefined;
}

export interface SnapshotServiceOptions {
  readonly collectors: readonly Collector[];
  /** What is summed up of each snapshot, before the fleet as a whole. */
  readonly derivations?: readonly Derivation[];
  readonly intervalMs: number;
  readonly budgetMs: number;
  /** Name of this exporter, stable over restarts: `service.instance.id`. */
  readonly instance: string;
  readonly version: string;
  readonly vitals: () => Vitals;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes a snapshot at once and then on every multiple of the interval; never two at a time. */
export class SnapshotService implements SnapshotSource {
  readonly #options: SnapshotServiceOptions;
  readonly #tallies: ReadonlyMap<string, Tally>;
  readonly #derivations: readonly Derivation[];
  readonly #findings: FindingBook;
  readonly #processStart: Micros;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  readonly #stopping = new AbortController();
  #latest: Snapshot | undefined;
  /** When the latest was begun, on the clock that never jumps. */
  #latestBegun = 0;
  #running: Promise<Snapshot> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  #sequence = 0;
  #skipped = 0;
  #lastTime: Micros = 0;
  /** What the clock said last, and how often it had been set back by then. */
  #lastNow: Micros = 0;
  #setBack = 0;

  constructor(options: SnapshotServiceOptions) {
    this.#options = options;
    this.#derivations = [...(options.derivations ?? []), fleetDerivation(options.instance)];
    this.#findings = new FindingBook(options.logger);
    this.#processStart = microsFromMs(options.clock.now());
    this.#tallies = new Map(options.collectors.map(({ name }) => [name, new Tally(name, options.logger)]));
  }

  start(): void {
    this.#tick();
  }

  /** Ends a snapshot under way without publishing it: what is half read is not shown. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopping.abort();
    await this.#running?.catch(() => undefined);
  }

  latest(): Snapshot | undefined {
    return this.#latest;
  }

  /**
   * The rows of the latest snapshot, or none once it is older than three intervals, or no other will follow: a gap shows, a frozen figure
   * does not.
   */
  freshRows(): readonly Row[] {
    if (this.#latest === undefined || this.#stopping.signal.aborted) return [];
    const { intervalMs, budgetMs, clock } = this.#options;
    // The clock may have been set back since, and the one that never jumps stands still while the machine sleeps.
    const ageMs = Math.max(clock.now() - this.#latest.time / 1000, clock.monotonic() - this.#latestBegun);
    return ageMs > 3 * intervalMs + budgetMs ? [] : this.#latest.rows;
  }

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  collectNow(): Promise<Snapshot> {
    this.#running ??= this.#take().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  #tick(): void {
    const { intervalMs, clock, logger } = this.#options;
    if (this.#stopping.signal.aborted) return;
    const now = clock.now();
    this.#dueMs = nextDue(now, this.#dueMs, intervalMs);
    this.#timer = setTimeout(() => this.#tick(), this.#dueMs - now).unref();
    if (this.#running !== undefined) {
      this.#skipped += 1;
      return;
    }
    this.collectNow().catch((thrown: unknown) => {
      if (!this.#stopping.signal.aborted) logger.error('taking a snapshot failed', { error: thrown });
    });
  }

  async #take(): Promise<Snapshot> {
    const { collectors, budgetMs, clock } = this.#options;
    const signal = this.#stopping.signal;
    const time = this.#nextTime();
    const begun = clock.monotonic();
    const taken = await takeAll(collectors, { time, budgetMs, clock, signal });
    signal.throwIfAborted();
    this.#sequence += 1;
    const durationMs = clock.monotonic() - begun;
    const derived = this.#derive(taken, time);
    const snapshot: Snapshot = {
      id: uuidv7({ msecs: Math.floor(time / 1000) }),
      sequence: this.#sequence,
      time,
      durationMs,
      rows: this.#rows(taken, derived, { time, durationMs }),
      findings: derived.findings,
      outcomes: taken.map(outcomeOf),
    };
    this.#latestBegun = begun;
    this.#publish(snapshot);
    return snapshot;
  }

  /**
   * Identity and time are the key of a row, so no two snapshots may share a time. A clock that is set back comes by the same milliseconds
   * again, most of all where it is set back by an hour: each time around, snapshots have other microseconds within them.
   */
  #nextTime(): Micros {
    const now = microsFromMs(this.#options.clock.now());
    if (now < this.#lastNow) this.#setBack += 1;
    this.#lastNow = now;
    const time = now + ((this.#setBack * 10) % 1000);
    this.#lastTime = time === this.#lastTime ? time + 1 : time;
    return this.#lastTime;
  }

  #derive(taken: readonly Taken[], time: Micros): Required<Derived> {
    const { logger } = this.#options;
    const rows = taken.flatMap((one) => one.rows);
    const derived = deriveAll(this.#derivations, rows, { time, logger });
    const findings = [...taken.flatMap((one) => one.findings ?? []), ...derived.findings];
    return { rows: derived.rows, findings };
  }

  #rows(
    taken: readonly Taken[],
    { rows, findings }: Required<Derived>,
    { time, durationMs }: { readonly time: Micros; readonly durationMs: number },
  ): readonly Row[] {
    const { instance } = this.#options;
    const origin = { instance, processStart: this.#processStart, time };
    const collectorRows = taken.flatMap((one) => {
      const tally = this.#tallies.get(one.collector);
      tally?.add(one, time);
      return tally === undefined ? [] : [tally.row(one, origin)];
    });
    const findingRows = this.#findings.rows(findings, instance, time);
    const own = this.#exporterRow(time, durationMs, rows.length);
    return Object.freeze([...rows, ...findingRows, ...collectorRows, own]);
  }

  #exporterRow(time: Micros, durationMs: number, snapshotRows: number): Row {
    const { instance, version, vitals } = this.#options;
    const sample = {
      ...vitals(),
      instance,
      version,
      processStart: this.#processStart,
      snapshots: this.#sequence,
      skippedTicks: this.#skipped,
      snapshotSeconds: durationMs / 1000,
      snapshotRows,
    };
    return toRow(exporter, sample, time);
  }

  #publish(snapshot: Snapshot): void {
    this.#latest = snapshot;
    const failed = (thrown: unknown): void =>
      this.#options.logger.error('a subscriber failed on a snapshot', { error: thrown });
    for (const listener of this.#listeners) {
      try {
        const told: unknown = listener(snapshot);
        if (told instanceof Promise) told.catch(failed);
      } catch (thrown) {
        failed(thrown);
      }
    }
  }
}

/** A timer may fire some milliseconds before it is due; the tick that it was set for is then the one that is over. */
function nextDue(now: number, dueMs: number, intervalMs: number): number {
  const early = dueMs - now;
  const over = early > 0 && early < 100 ? dueMs : now;
  return (Math.floor(over / intervalMs) + 1) * intervalMs;
}

function outcomeOf(taken: Taken): Outcome {
  const { collector, durationMs, rows, problems, failure } = taken;
  const counted = {
    collector,
    durationMs,
    ok: failure === undefined,
    rows: rows.length,
    problems: problems.map(({ message }) => message),
  };
  return failure === undefined ? counted : { ...counted, errorType: failure.type, message: failure.message };
}
