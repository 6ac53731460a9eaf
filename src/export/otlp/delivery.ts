import type { DeliveryStats } from '../../catalog/exporter.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { withDeadline } from '../deadline.ts';
import { OncePerChange } from '../once-per-change.ts';
import type { Payload, Sender, SendOutcome } from '../sender.ts';
import { Bell } from './bell.ts';
import type { Spool } from './spool.ts';

export interface DeliveryOptions {
  readonly sender: Sender;
  readonly spool: Spool;
  readonly logger: Logger;
  /** The wait after the first failed attempt; it doubles up to `maxBackoffMs`. Default 1000. */
  readonly backoffMs?: number;
  /** Default 30 000. */
  readonly maxBackoffMs?: number;
}

type Accepted = Extract<SendOutcome, { kind: 'accepted' }>;
type Retry = Extract<SendOutcome, { kind: 'retry' }>;

/** However long a receiver asks to be left alone, it is asked again after this. */
const longestPauseMs = 300_000;
/** Attempts with a payload that may itself be the reason why they fail: at the default pauses a minute and a half. */
const suspectAttempts = 8;

/** A payload whose turn it is. */
interface Turn {
  readonly payload: Payload;
  /** Delivered or given up: it waits no more. */
  end(): Promise<void>;
  /** It waits for another turn. */
  postpone(): void;
}

/**
 * Delivers what waits, one after the other, oldest first. What the spool cannot take waits in memory, one payload at most: the
 * newest one.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #standing: OncePerChange;
  readonly #abort = new AbortController();
  /** Rung by whatever there is to do. */
  readonly #arrivals = new Bell();
  /** Rung when there is no time to wait for a better one. */
  readonly #urgency = new Bell();
  readonly #idle = new Set<() => void>();
  readonly #running: Promise<void>;
  readonly #counts = { delivered: 0, failed: 0, rejected: 0, dropped: 0 };
  #unspooled: Payload | undefined;
  /** Attempts in a row that failed, and those of them for which the payload may be to blame. */
  #failures = 0;
  #suspicions = 0;
  #stopping = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#standing = new OncePerChange(options.logger);
    this.#running = this.#run();
  }

  stats(): DeliveryStats {
    const { entries, bytes, dropped } = this.#options.spool.stats();
    const inMemory = this.#unspooled;
    return {
      deliveredSnapshots: this.#counts.delivered,
      failedAttempts: this.#counts.failed,
      rejectedPoints: this.#counts.rejected,
      droppedSnapshots: this.#counts.dropped + dropped,
      waitingSnapshots: entries + (inMemory === undefined ? 0 : 1),
      waitingBytes: bytes + (inMemory?.bytes.length ?? 0),
    };
  }

  /** Counts a snapshot that never came to be offered. */
  drop(): void {
    this.#counts.dropped += 1;
  }

  /** Keeps a payload until it is delivered. Never rejects. */
  async offer(payload: Payload): Promise<void> {
    try {
      await this.#spoolUnspooled();
      await this.#options.spool.append(payload);
      this.#standing.end('spool', 'snapshots can be spooled again');
    } catch (thrown) {
      this.#keepInMemory(payload);
      this.#standing.warn('spool', `${messageOf(thrown)}; until then only the newest is kept, in memory`);
    }
    this.#arrivals.ring();
  }

  /** Tries at once, and resolves when nothing waits any more or the signal aborts. */
  async flush(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => resolve();
    this.#idle.add(done);
    signal.addEventListener('abort', done);
    this.#hurry();
    await promise;
    signal.removeEventListener('abort', done);
    this.#idle.delete(done);
  }

  /** Makes a last attempt with what waits, within the deadline; what is left stays in the spool. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    this.#hurry();
    const timer = setTimeout(() => this.#abort.abort(), deadlineMs * 0.9);
    // A sender that does not heed its signal is left behind.
    await withDeadline(this.#running, deadlineMs, 'delivery').catch(() => {});
    clearTimeout(timer);
    for (const resolve of this.#idle) resolve();
    const { waitingSnapshots } = this.stats();
    if (waitingSnapshots === 0) return;
    this.#options.logger.warn(
      `stopped with snapshots not yet delivered to ${this.#options.sender.target}: ${waitingSnapshots}; those in the spool are sent after the next start`,
      { waitingSnapshots },
    );
  }

  #hurry(): void {
    this.#urgency.ring();
    this.#arrivals.ring();
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const turn = await this.#nextTurn();
      if (turn === undefined) {
        for (const resolve of this.#idle) resolve();
        if (this.#stopping) return;
        await this.#arrivals.sleep();
        continue;
      }
      const pauseMs = await this.#take(turn);
      if (pauseMs === undefined) continue;
      if (this.#stopping) return;
      await this.#urgency.sleep(pauseMs);
    }
  }

  async #nextTurn(): Promise<Turn | undefined> {
    const { spool } = this.#options;
    const entry = await spool.oldest();
    if (entry !== undefined) {
      return { payload: entry.payload, end: () => spool.remove(entry), postpone: () => {} };
    }
    const payload = this.#unspooled;
    if (payload === undefined) return undefined;
    this.#unspooled = undefined;
    return { payload, end: () => Promise.resolve(), postpone: () => this.#putBack(payload) };
  }

  /** One attempt. Returns how long to wait before the next one; undefined when this payload is done with. */
  async #take(turn: Turn): Promise<number | undefined> {
    const outcome = await this.#send(turn.payload);
    if (outcome.kind === 'retry' && !this.#givesUp(outcome)) {
      turn.postpone();
      return this.#postponed(outcome);
    }
    if (outcome.kind === 'accepted') this.#accepted(outcome);
    else this.#refused(outcome.message);
    this.#failures = 0;
    this.#suspicions = 0;
    await turn.end().catch((thrown: unknown) => {
      this.#options.logger.warn(`a snapshot that is done with may be sent again: ${messageOf(thrown)}`);
    });
    return undefined;
  }

  #givesUp({ suspect }: Retry): boolean {
    this.#counts.failed += 1;
    this.#failures += 1;
    if (suspect === true) this.#suspicions += 1;
    return this.#suspicions >= suspectAttempts;
  }

  async #spoolUnspooled(): Promise<void> {
    const payload = this.#unspooled;
    if (payload === undefined) return;
    await this.#options.spool.append(payload);
    if (this.#unspooled === payload) this.#unspooled = undefined;
  }

  #keepInMemory(payload: Payload): void {
    if (this.#unspooled !== undefined) this.#counts.dropped += 1;
    this.#unspooled = payload;
  }

  /** A newer one may have taken its place meanwhile. */
  #putBack(payload: Payload): void {
    if (this.#unspooled === undefined) this.#unspooled = payload;
    else this.#counts.dropped += 1;
  }

  async #send(payload: Payload): Promise<SendOutcome> {
    try {
      return await this.#options.sender.send(payload, this.#abort.signal);
    } catch (thrown) {
      return { kind: 'retry', message: messageOf(thrown) };
    }
  }

  #accepted({ rejectedPoints, message = '' }: Accepted): void {
    const { target } = this.#options.sender;
    this.#counts.delivered += 1;
    this.#counts.rejected += rejectedPoints;
    this.#standing.end('delivery', `${target} takes snapshots again`);
    this.#standing.end('refusal', `${target} refuses snapshots no more`);
    if (rejectedPoints > 0) {
      const why = message === '' ? 'it does not say why' : message;
      this.#standing.warn('points', `${target} took a snapshot but ${rejectedPoints} points: ${why}`, {
        rejectedPoints,
      });
    } else if (message !== '') {
      this.#standing.warn('points', `${target} took a snapshot whole, and remarks: ${message}`);
    } else {
      this.#standing.end('points', `${target} takes all points again`);
    }
  }

  #refused(message: string): void {
    this.#counts.dropped += 1;
    const { target } = this.#options.sender;
    this.#standing.warn('refusal', `${target} refuses snapshots for good, and they are dropped: ${message}`);
  }

  #postponed({ message, afterMs }: Retry): number {
    const { sender, backoffMs = 1000, maxBackoffMs = 30_000 } = this.#options;
    if (!this.#abort.signal.aborted) {
      this.#standing.warn(
        'delivery',
        `snapshots wait, for delivering them to ${sender.target} failed: ${message}`,
      );
    }
    const backoff = Math.min(backoffMs * 2 ** (this.#failures - 1), maxBackoffMs);
    // Many exporters that lost the same receiver should not all come back at once.
    const jittered = backoff * (0.5 + Math.random() / 2);
    return Math.min(Math.max(jittered, afterMs ?? 0), longestPauseMs);
  }
}
