import type { Pool } from 'pg';
import { messageOf } from '../runtime/errors.ts';
import { describeFailure } from './failure.ts';
import { withClient } from './transaction.ts';

/** Asks the database for a sign of life; resolves with what is wrong, or with undefined. */
export async function ping(pool: Pool, signal: AbortSignal): Promise<string | undefined> {
  try {
    await withClient(pool, signal, (client) => client.query('select 1'));
    return undefined;
  } catch (thrown) {
    return signal.aborted ? `no answer in time (${messageOf(thrown)})` : describeFailure(thrown);
  }
}
