import type { Pool } from 'pg';
import { z } from 'zod';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import { describeFailure, readOnlyAdvice, rightsAdvice, unmigrated } from '../failure.ts';
import { withClient } from '../transaction.ts';

/** One table stands for all: they are made, granted and dropped together. */
const question = `select current_setting('transaction_read_only')::boolean as "readOnly",
  has_table_privilege(to_regclass('telemetry.number_point'), 'insert') as "mayInsert"`;

const answer = z.object({ readOnly: z.boolean(), mayInsert: z.boolean().nullable() });

/** Asks the database whether something could be stored in it; resolves with what is wrong, or with undefined. */
export async function ping(pool: Pool, signal: AbortSignal): Promise<string | undefined> {
  try {
    const mayInsert = await withClient(pool, signal, async (client) => {
      const { rows } = await client.query(question);
      const found = answer.parse(rows[0]);
      // Thrown, it closes the connection: the next one may find the server that is primary now.
      if (found.readOnly && found.mayInsert !== null)
        throw new TelemetryError('database_unavailable', `nothing can be written: ${readOnlyAdvice}`);
      return found.mayInsert;
    });
    if (mayInsert === null) return unmigrated;
    return mayInsert ? undefined : rightsAdvice;
  } catch (thrown) {
    if (thrown instanceof TelemetryError) return thrown.message;
    return signal.aborted ? `no answer in time (${messageOf(thrown)})` : describeFailure(thrown);
  }
}
