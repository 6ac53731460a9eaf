import type { Client } from 'pg';
import { systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import { classifyFailure, describeFailure } from '../failure.ts';
import { type ClientOptions, endClient, openClient } from './client.ts';
import { describeUrl } from './database-url.ts';

export interface Errand extends ClientOptions {
  /** For messages: `plan the policies`. */
  readonly what: string;
}

/** Does one thing on a connection of its own. Rejects with `database_unavailable` or `database_schema` for the database's sake. */
export async function onDatabase<T>(
  url: string,
  { what, ...options }: Errand,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const told = (cause: unknown): unknown => {
    const lost = classifyFailure(cause) === 'temporary';
    // Of a connection that ended, pg has nothing but words.
    const isTold = lost || systemCodeOf(cause) !== undefined;
    if (cause instanceof TelemetryError || !isTold) return cause;
    const message = `cannot ${what} of ${describeUrl(url)}: ${describeFailure(cause)}`;
    return new TelemetryError(lost ? 'database_unavailable' : 'database_schema', message, { cause });
  };
  try {
    const client = await openClient(url, options);
    try {
      return await work(client);
    } finally {
      await endClient(client);
    }
  } catch (thrown) {
    options.signal.throwIfAborted();
    throw told(thrown);
  }
}
