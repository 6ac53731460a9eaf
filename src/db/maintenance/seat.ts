import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { schemaName } from '../../catalog/table.ts';
import { leaderLock } from '../advisory-locks.ts';

/** Who may maintain: only one at a time, and only with the rights of an owner. */
export type Role = 'leader' | 'follower' | 'no_owner';

const roleRows = z.array(z.object({ holds: z.boolean() })).length(1);

/** How long a statement of maintenance waits for a lock: those who store and read come first. */
const lockWaitMs = 1_000;

/** A transaction has a limit of its own from PostgreSQL 17 on, which an older one does not know. */
const settings = `
  select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout';
  set application_name = 'ciris-telemetry maintenance'; set statement_timeout = '10min'; set lock_timeout = ${lockWaitMs};
  set idle_in_transaction_session_timeout = '1min'; set idle_session_timeout = 0;
  set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3`;

/**
 * A connection of its own that holds the lock of the leader. All work is done on it: when it breaks, the server ends what it
 * was at before it gives the lock to another.
 */
export class Seat {
  readonly #pool: Pool;
  #client: PoolClient | undefined;
  #leads = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  get leads(): boolean {
    return this.#leads;
  }

  /** Lends the connection to `work` when we lead. A failure, or the signal, gives connection and lock up. */
  async whileLeading(signal: AbortSignal, work: (client: PoolClient) => Promise<void>): Promise<Role> {
    signal.throwIfAborted();
    const abort = (): void => this.leave();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const client = await this.#connected();
      signal.throwIfAborted();
      const role = this.#leads ? 'leader' : await this.#apply(client);
      if (role === 'leader') await work(client);
      return role;
    } catch (thrown) {
      this.leave();
      signal.throwIfAborted();
      throw thrown;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Gives up connection and lock. */
  leave(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#leads = false;
    client?.release(true);
  }

  async #connected(): Promise<PoolClient> {
    if (this.#client !== undefined) return this.#client;
    const client = await this.#pool.connect();
    this.#client = client;
    await client.query(settings);
    return client;
  }

  async #apply(client: PoolClient): Promise<Role> {
    // Whoever owns nothing must not keep the seat from an owner.
    if (!(await ask(client, ownerText, [`${schemaName}.rollup_state`]))) return 'no_owner';
    this.#leads = await ask(client, 'select pg_try_advisory_lock($1) as holds', [leaderLock]);
    return this.#leads ? 'leader' : 'follower';
  }
}

/** One of our tables stands for all of them; what others keep in the same schema is no matter. */
const ownerText = `select coalesce(bool_and(pg_has_role(relowner, 'usage')), false) as holds from pg_class where oid = to_regclass($1)`;

async function ask(client: PoolClient, text: string, values: readonly unknown[]): Promise<boolean> {
  const { rows } = await client.query(text, [...values]);
  return roleRows.parse(rows)[0]?.holds === true;
}
