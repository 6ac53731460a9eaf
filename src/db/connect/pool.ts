import type { Pool } from 'pg';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { connectionOf } from './connection.ts';
import { describeUrl } from './database-url.ts';
import { FallbackPool } from './pool-fallback.ts';

export interface PoolOptions {
  readonly logger: Logger;
  /** Connections at most; 8 when not given. */
  readonly size?: number;
  /** Longest wait for a free or a new connection; 2 s when not given. */
  readonly connectTimeoutMs?: number;
  /** Longest time that the server works on one statement; 5 s when not given. It waits for a lock for half of that. */
  readonly statementTimeoutMs?: number;
}

/**
 * Connections to the database, opened when needed. A server that restarts costs a log line and the statements under way.
 * Throws `setting_invalid` for a string that is no PostgreSQL address, or names files that cannot be used. Whoever creates the pool ends it.
 */
export function createPool(url: string, options: PoolOptions): Pool {
  const { logger, size = 8, connectTimeoutMs = 2000, statementTimeoutMs = 5000 } = options;
  const database = describeUrl(url);
  const connection = connectionOf(url);
  const pool = new FallbackPool(connection, {
    application_name: 'ciris-telemetry',
    connectionTimeoutMillis: connectTimeoutMs,
    ...connection.config,
    max: size,
    statement_timeout: statementTimeoutMs,
    // For a network that stalls rather than fails: the server's own limit comes first where its answer can reach us.
    query_timeout: statementTimeoutMs + 1000,
    // A lock that is held for too long is told as such, and not as a statement that was too much.
    lock_timeout: Math.ceil(statementTimeoutMs / 2),
    // Longer than any answer of ours takes: who is silent in a transaction for so long is gone, and its locks are in the way.
    idle_in_transaction_session_timeout: 20_000,
  });
  pool.on('error', (error) => {
    // The server may end before it has seen that we went.
    if (pool.ending) return;
    logger.warn('lost an idle database connection', { database, error: messageOf(error) });
  });
  // A connection that breaks while it is lent out but runs no statement reports to nobody else, and would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      logger.debug('database connection failed', { database, error: messageOf(error) });
    });
  });
  return pool;
}
