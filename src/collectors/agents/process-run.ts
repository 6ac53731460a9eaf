import { type Micros, microsFromMs } from '../../metric/time.ts';

/** What one answer says of the process that gave it. */
export interface Sighting {
  readonly uptimeSeconds: number | undefined;
  readonly version: string | undefined;
  readonly receivedMs: number;
  readonly receivedMonotonicMs: number;
}

/** The request takes a moment, and the agent rounds. */
const toleranceSeconds = 2;

/**
 * Tells one process of an agent from the next. A process is new when it began after the last answer was heard, whatever
 * its clock says: an agent whose clock is set while it runs goes on with its counters, and so do we.
 */
export class ProcessRun {
  #last: Sighting | undefined;
  #start: Micros | undefined;

  /** Whether the process is another than before; true also of the first. */
  see(sighting: Sighting): boolean {
    const isNew = this.#last === undefined || isAnother(this.#last, sighting);
    const { uptimeSeconds = this.#last?.uptimeSeconds, version = this.#last?.version } = sighting;
    this.#last = isNew ? sighting : { ...sighting, uptimeSeconds, version };
    if (isNew) this.#start = undefined;
    this.#start ??= startOf(sighting);
    return isNew;
  }

  /** Whether any process was ever heard. */
  get isKnown(): boolean {
    return this.#last !== undefined;
  }

  /** When the process started, by our clock; the same for as long as it runs. */
  get start(): Micros | undefined {
    return this.#start;
  }
}

function isAnother(last: Sighting, next: Sighting): boolean {
  if (last.version !== undefined && next.version !== undefined && last.version !== next.version) return true;
  if (next.uptimeSeconds === undefined) return false;
  const elapsed = (next.receivedMonotonicMs - last.receivedMonotonicMs) / 1000;
  // The same process has been up for at least as long as when it was last heard, and since.
  const slack = Math.min(toleranceSeconds, (last.uptimeSeconds ?? 0) / 2);
  return next.uptimeSeconds < elapsed + slack;
}

function startOf({ uptimeSeconds, receivedMs }: Sighting): Micros | undefined {
  return uptimeSeconds === undefined ? undefined : microsFromMs(receivedMs - uptimeSeconds * 1000);
}
