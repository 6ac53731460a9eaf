import type { Pool } from 'pg';
import type { z } from 'zod';
import { type ErrorCode, systemCodeOf, TelemetryError } from '../runtime/errors.ts';
import { classifyFailure, describeFailure } from './failure.ts';
import { withClient } from './transaction.ts';

export interface ReadQuery {
  /** For messages: `the history of container`. */
  readonly what: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Settings of the server for this statement alone: `enable_mergejoin = off`. */
  readonly settings?: readonly string[];
}

/** Runs one reading statement; each row is an array that `rows` makes sense of. What fails is told in words. */
export async function readQuery<T>(
  pool: Pool,
  signal: AbortSignal,
  { what, text, values, rows, settings = [] }: ReadQuery & { readonly rows: z.ZodType<T> },
): Promise<T> {
  const query = { text, values: [...values], rowMode: 'array' as const };
  const found = await withClient(pool, signal, async (client) => {
    if (settings.length === 0) return client.query(query);
    await client.query(['begin read only', ...settings.map((one) => `set local ${one}`)].join('; '));
    const answer = await client.query(query);
    await client.query('commit');
    return answer;
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    const advice = systemCodeOf(cause) === '57014' ? ': it took too long; ask for less' : '';
    throw new TelemetryError(
      codeOf(cause),
      `cannot read ${what} from the database: ${describeFailure(cause)}${advice}`,
      {
        cause,
      },
    );
  });
  return rows.parse(found.rows);
}

function codeOf(cause: unknown): ErrorCode {
  const state = systemCodeOf(cause);
  if (state === '57014') return 'timeout';
  if (state?.startsWith('42') || state?.startsWith('3F')) return 'database_schema';
  return classifyFailure(cause) === 'temporary' ? 'database_unavailable' : 'internal';
}
