import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Clock } from '../../runtime/clock.ts';
import { minuteMs } from '../../runtime/duration.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { describeFailure } from '../failure.ts';
import type { RetentionWish } from '../policy/wanted.ts';
import { ClockWatch } from './clocks.ts';
import { type MaintenanceFigures, noFigures } from './figures.ts';
import { maintain } from './round.ts';
import { type Role, Seat } from './seat.ts';
import { SeriesSweep } from './series.ts';

export interface MaintenanceOptions {
  /** Of at least one connection, which is kept; its statements may take minutes. Whoever creates it ends it. */
  readonly pool: Pool;
  readonly catalog: Catalog;
  /** Of this process; the defaults when not given. */
  readonly retention?: RetentionWish | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two rounds; a minute when not given. */
  readonly everyMs?: number;
  /** Whether the schema is there; before that nothing is done. */
  readonly ready?: () => boolean;
}

/** Keeps partitions, rollups and retention of a database. Of all the processes that do, one at a time is at work. */
export interface Maintenance {
  /** One round, if this process leads or can; says what it is. Rejects when the round breaks off, and when `signal` aborts. */
  runRound(signal: AbortSignal): Promise<Role>;
  /** Goes on with rounds until `stop`. */
  start(): void;
  /** Gives the lead up, and with it what is under way; twice is safe. */
  stop(): Promise<void>;
  figures(): MaintenanceFigures;
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  return new Loop(options);
}

class Loop implements Maintenance {
  readonly #options: MaintenanceOptions;
  readonly #seat: Seat;
  readonly #watch = new ClockWatch();
  readonly #series = new SeriesSweep();
  readonly #stopping = new AbortController();
  readonly #said = new Set<string>();
  #running: Promise<void> | undefined;
  #figures = noFigures;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
    this.#seat = new Seat(options.pool);
  }

  figures(): MaintenanceFigures {
    return { ...this.#figures, leads: this.#seat.leads };
  }

  start(): void {
    this.#running ??= this.#goOn();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#seat.leave();
  }

  async runRound(signal: AbortSignal): Promise<Role> {
    const { catalog, retention, clock, logger } = this.#options;
    const led = this.#seat.leads;
    let isSpent = false;
    const role = await this.#seat.whileLeading(signal, async (client) => {
      if (!led) logger.info('this process maintains the database');
      const began = clock.monotonic();
      const at = clock.now();
      const report = await maintain(client, {
        catalog,
        retention,
        clock,
        watch: this.#watch,
        series: this.#series,
      });
      isSpent = report.isSpent;
      this.#say([...report.failures, ...report.remarks]);
      if (report.dropped.length > 0)
        logger.info('dropped what is older than it is kept', { dropped: report.dropped.join(', ') });
      const before = this.#figures;
      this.#figures = {
        ...before,
        lastRound: at,
        lastRoundSeconds: (clock.monotonic() - began) / 1000,
        lagSeconds: report.lagSeconds,
        rounds: before.rounds + 1,
        failures: before.failures + report.failures.length,
        lateBuckets: before.lateBuckets + report.lateBuckets,
        abandonedBuckets: before.abandonedBuckets + report.abandonedBuckets,
        droppedPieces: before.droppedPieces + report.dropped.length,
        removedSeries: before.removedSeries + report.removedSeries,
      };
    });
    if (isSpent) this.#seat.leave();
    if (role === 'no_owner') this.#say([noOwner]);
    return role;
  }

  async #goOn(): Promise<void> {
    const { everyMs = minuteMs, ready = () => true } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (ready()) await this.#try(signal);
      // Before the schema is there, it may be at any moment.
      const waitMs = ready() ? everyMs : Math.min(everyMs, 1_000);
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #try(signal: AbortSignal): Promise<void> {
    try {
      await this.runRound(signal);
    } catch (thrown) {
      if (signal.aborted) return;
      this.#figures = { ...this.#figures, failures: this.#figures.failures + 1 };
      this.#say([`a round broke off: ${describeFailure(thrown) || messageOf(thrown)}`]);
    }
  }

  /** Each once, and again only after a round without it. */
  #say(failures: readonly string[]): void {
    const { logger } = this.#options;
    for (const failure of failures) {
      if (!this.#said.has(failure)) logger.warn(`maintenance of the database: ${failure}`);
    }
    this.#said.clear();
    for (const failure of failures) this.#said.add(failure);
  }
}

const noOwner =
  'this role does not own the tables, and so can neither make partitions nor fill rollups nor drop what is old. Give the ' +
  "owner's address with --maintenance-database-url or TELEMETRY_MAINTENANCE_DATABASE_URL, here or in another process";
