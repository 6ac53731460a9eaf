import type { ClientBase } from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import { hourMs } from '../../runtime/duration.ts';
import { databaseNow } from '../policy/plan.ts';

export interface Clocks {
  /** The earlier of both: what is old by it is old by each. Milliseconds since 1970. */
  readonly now: number;
  /** Why nothing may be dropped; undefined when the clocks agree. */
  readonly doubt: string | undefined;
}

const toleranceMs = hourMs;

/** Compares our clock with the database's. One of them being wrong must not drop what is young by the other. */
export async function readClocks(client: ClientBase, clock: Clock): Promise<Clocks> {
  const theirs = await databaseNow(client);
  const ours = clock.now();
  const apart = Math.abs(ours - theirs);
  const [hours, side] = [Math.round(apart / hourMs), ours > theirs ? 'ahead of' : 'behind'];
  return {
    now: Math.min(ours, theirs),
    doubt:
      apart <= toleranceMs
        ? undefined
        : `our clock is ${hours} h ${side} that of the database: nothing is dropped until both are right`,
  };
}
