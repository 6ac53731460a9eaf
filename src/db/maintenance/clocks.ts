import type { ClientBase } from 'pg';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import { dayMs, hourMs } from '../../runtime/duration.ts';
import { databaseNow } from '../policy/database-now.ts';

export interface Clocks {
  /** The earlier of both: what is old by it is old by each. Milliseconds since 1970. */
  readonly now: number;
  /** Why nothing may be dropped; undefined when the clocks agree. */
  readonly doubt: string | undefined;
  /** Whether the time itself is in doubt, so that rollups are stored no further. */
  readonly leapt: boolean;
}

const toleranceMs = hourMs;
/** Longer without a round, and the clock may be what is wrong. */
const leapMs = dayMs;
/** For so long a leap must last. */
const believedAfterMs = hourMs;

const markRows = z.array(z.object({ last: z.coerce.number().nullable() })).length(1);

/**
 * Tells times that can be relied upon from others. One clock being wrong must not drop what is young by the other, nor must a
 * machine that starts with a wrong clock, as both are then, until the network puts it right.
 */
export class ClockWatch {
  #leaptAt: number | undefined;

  async read(client: ClientBase, clock: Clock): Promise<Clocks> {
    const theirs = await databaseNow(client);
    const ours = clock.now();
    const now = Math.min(ours, theirs);
    const { rows } = await client.query(
      'select extract(epoch from max(until)) * 1000 as last from telemetry.rollup_state',
    );
    const aheadMs = now - (markRows.parse(rows)[0]?.last ?? now);
    const leapt = this.#doubts(aheadMs, clock);
    const leap = leapt
      ? `it is ${Math.round(aheadMs / dayMs)} days since the last round: should the clock be wrong, nothing is dropped and no rollup stored for an hour`
      : undefined;
    return { now, doubt: apart(ours, theirs) ?? leap, leapt };
  }

  #doubts(aheadMs: number, clock: Clock): boolean {
    if (aheadMs <= leapMs) {
      this.#leaptAt = undefined;
      return false;
    }
    this.#leaptAt ??= clock.monotonic();
    return clock.monotonic() - this.#leaptAt < believedAfterMs;
  }
}

function apart(ours: number, theirs: number): string | undefined {
  const ms = Math.abs(ours - theirs);
  const [hours, side] = [Math.round(ms / hourMs), ours > theirs ? 'ahead of' : 'behind'];
  if (ms <= toleranceMs) return undefined;
  return `our clock is ${hours} h ${side} that of the database: nothing is dropped until both are right`;
}
