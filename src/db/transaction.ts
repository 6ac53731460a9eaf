import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { classifyFailure, isConflict } from './failure.ts';

/** Lends a connection to `work`. Closes it, and so ends the statement under way, when `signal` aborts. */
export async function withClient<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = await pool.connect();
  let lent = true;
  const giveBack = (close: boolean): void => {
    if (lent) client.release(close);
    lent = false;
  };
  const abort = (): void => giveBack(true);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const result = await work(client);
    giveBack(false);
    return result;
  } catch (thrown) {
    giveBack(true);
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Where the server, the database or the role has commits answered before they are on disk, a crash would take what was acknowledged. Any
 * other value is kept: it says how many machines have them on disk.
 */
const begin = `begin; select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'`;

/** Runs `work` in a transaction; a failure rolls everything back and is thrown on. */
export async function inTransaction<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const outcome = await withClient(pool, signal, async (client) => {
    await client.query(begin);
    try {
      const result = await work(client);
      const { command } = await client.query('commit');
      // To a transaction in which something failed that nobody heard of, a server says so without an error.
      if (command !== 'COMMIT')
        throw new Error('the server rolled the transaction back instead of committing it');
      return { result };
    } catch (thrown) {
      // What the server refused for the sake of rows leaves a connection that serves the next one, once it is rolled back.
      if (!(thrown instanceof DatabaseError) || !isOfWork(thrown)) throw thrown;
      await client.query('rollback').catch(() => {
        throw thrown;
      });
      return { thrown };
    }
  });
  if ('thrown' in outcome) throw outcome.thrown;
  return outcome.result;
}

/** Not of the server, which may write no more since another one does, nor of what the connection has prepared or loaded: a new one may fare better. */
function isOfWork(failure: DatabaseError): boolean {
  return classifyFailure(failure) === 'row' || isConflict(failure) || waits.test(failure.code ?? '');
}

/** For a lock that was not had in time, and for too long at all. */
const waits = /^(55P03|57014)$/;

/** Tries a transaction up to three times more when it lost against another one, after a short random wait each time. */
export async function retryConflicts<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let retriesLeft = 3; ; retriesLeft -= 1) {
    try {
      return await work();
    } catch (thrown) {
      if (!isConflict(thrown) || retriesLeft === 0) throw thrown;
      await sleep(5 + Math.random() * 100, undefined, { signal });
    }
  }
}
