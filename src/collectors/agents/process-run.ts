import { type Micros, microsFromMs } from '../../metric/time.ts';

/** What one answer says of the process that gave it. */
export interface Sighting {
  readonly uptimeSeconds: number | undefined;
  readonly version: string | undefined;
  /** When the agent said so, by its own clock. */
  readonly saidAt: Micros | undefined;
  readonly receivedMs: number;
  readonly receivedMonotonicMs: number;
}

type Dated = Sighting & { readonly uptimeSeconds: number };

/** The request takes a moment, and the agent rounds. */
const toleranceSeconds = 2;
/** Two answers that each took long seem to lie so much nearer or farther than they do. */
const jumpSeconds = 10;
/** An agent reads its clock for its uptime and for the time of its answer within some milliseconds. */
const sameMicros: Micros = 100_000;
/** Clocks of two hosts that are kept right, and the longest answer. */
const nearMicros: Micros = 5e6;

/**
 * Tells one process of an agent from the next. A process is new when it began at another time, by what its clock and its
 * uptime say together: an agent whose clock is set while it runs goes on with its counters, and so do we.
 */
export class ProcessRun {
  #isKnown = false;
  #version: string | undefined;
  #last: Dated | undefined;
  #start: Micros | undefined;
  #clockSetMs: number | undefined;

  /** Whether the process is another than before; true also of the first. */
  see(sighting: Sighting): boolean {
    const isNew = !this.#isKnown || this.#isAnother(sighting);
    if (isNew) this.#forget();
    this.#isKnown = true;
    this.#version = sighting.version ?? this.#version;
    if (isDated(sighting)) {
      if (this.#last !== undefined && isClockSet(this.#last, sighting)) {
        this.#clockSetMs = sighting.receivedMonotonicMs;
      }
      this.#last = sighting;
      this.#start ??= startOf(sighting);
    }
    return isNew;
  }

  /** Whether any process was ever heard. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** When the process started, by our clock; the same for as long as it runs. */
  get start(): Micros | undefined {
    return this.#start;
  }

  /** When its own clock was last seen to have been set, by the clock that never jumps. */
  get clockSetMs(): number | undefined {
    return this.#clockSetMs;
  }

  /** For how long it had been up at that time of the clock that never jumps, in seconds. */
  uptimeAt(monotonicMs: number): number | undefined {
    return this.#last && this.#last.uptimeSeconds + (monotonicMs - this.#last.receivedMonotonicMs) / 1000;
  }

  #isAnother(next: Sighting): boolean {
    const { version = this.#version } = next;
    if (this.#version !== undefined && version !== this.#version) return true;
    return this.#last !== undefined && isDated(next) && isAnother(this.#last, next);
  }

  #forget(): void {
    this.#version = undefined;
    this.#last = undefined;
    this.#start = undefined;
    this.#clockSetMs = undefined;
  }
}

const isDated = (sighting: Sighting): sighting is Dated => sighting.uptimeSeconds !== undefined;

function isAnother(last: Dated, next: Dated): boolean {
  const [before, now] = [ownStartOf(last), ownStartOf(next)];
  const isComparable = before !== undefined && now !== undefined;
  // Its clock may have been set, and what it reckons by it with it.
  if (isComparable && Math.abs(now - before) <= sameMicros) return false;
  const elapsed = (next.receivedMonotonicMs - last.receivedMonotonicMs) / 1000;
  // The same process has been up for at least as long as when it was last heard, and since.
  const slack = Math.min(toleranceSeconds, last.uptimeSeconds / 2);
  if (next.uptimeSeconds < elapsed + slack) return true;
  return isComparable && Math.abs(next.uptimeSeconds - last.uptimeSeconds - elapsed) > jumpSeconds;
}

function isClockSet(last: Dated, next: Dated): boolean {
  if (last.saidAt === undefined || next.saidAt === undefined) return false;
  const elapsed = next.receivedMonotonicMs - last.receivedMonotonicMs;
  return Math.abs((next.saidAt - last.saidAt) / 1e6 - elapsed / 1000) > toleranceSeconds;
}

const ownStartOf = ({ saidAt, uptimeSeconds }: Dated): Micros | undefined =>
  saidAt === undefined ? undefined : saidAt - uptimeSeconds * 1e6;

/**
 * By the clock of the agent where that is near to ours: it gives each of us the same start, to the second, at any time.
 * A start that is not the same after we were restarted would count all that was counted once more.
 */
function startOf(sighting: Dated): Micros {
  const { uptimeSeconds, receivedMs, saidAt } = sighting;
  const own = ownStartOf(sighting);
  const isNear = saidAt !== undefined && Math.abs(microsFromMs(receivedMs) - saidAt) <= nearMicros;
  return own !== undefined && isNear
    ? Math.round(own / 1e6) * 1e6
    : microsFromMs(receivedMs - uptimeSeconds * 1000);
}
