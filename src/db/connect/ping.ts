import type { Pool } from 'pg';
import { z } from 'zod';
import { messageOf } from '../../runtime/errors.ts';
import { describeFailure, readOnlyAdvice, rightsAdvice, unmigrated } from '../failure.ts';
import { withClient } from '../transaction.ts';

/** One table stands for all: they are made, granted and dropped together. */
const question = `select current_setting('transaction_read_only')::boolean as "readOnly",
  has_table_privilege(to_regclass('telemetry.number_point'), 'insert') as "mayInsert"`;

const answer = z.object({ readOnly: z.boolean(), mayInsert: z.boolean().nullable() });

/** Asks the database whether something could be stored in it; resolves with what is wrong, or with undefined. */
export async function ping(pool: Pool, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { rows } = await withClient(pool, signal, (client) => client.query(question));
    const { readOnly, mayInsert } = answer.parse(rows[0]);
    if (mayInsert === null) return unmigrated;
    if (readOnly) return `nothing can be written: ${readOnlyAdvice}`;
    return mayInsert ? undefined : rightsAdvice;
  } catch (thrown) {
    return signal.aborted ? `no answer in time (${messageOf(thrown)})` : describeFailure(thrown);
  }
}
