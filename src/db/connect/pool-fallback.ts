import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { systemCodeOf } from '../../runtime/errors.ts';
import type { Connection } from './connection.ts';
import { mayFallBack, type TlsAttempt } from './tls.ts';

type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

/** A pool that connects with TLS or without, in the order that an address asks for; what worked last is tried first. */
export class FallbackPool extends Pool {
  readonly #connection: Connection;
  #attempts: readonly TlsAttempt[];

  constructor(connection: Connection, config: PoolConfig) {
    const attempts = connection.attempts();
    super({ ...config, Client: connection.Client, ssl: attempts[0] });
    this.#connection = connection;
    this.#attempts = attempts;
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<PoolClient> | undefined {
    const connected = this.#connectInTurn();
    if (callback === undefined) return connected;
    connected.then(
      (client) =>
        callback(undefined, client, (release) =>
          client.release(release === true || release instanceof Error ? release : undefined),
        ),
      (error: Error) => callback(error, undefined, () => {}),
    );
    return undefined;
  }

  async #connectInTurn(): Promise<PoolClient> {
    for (let othersLeft = this.#attempts.length - 1; ; othersLeft -= 1) {
      const [attempt, ...others] = this.#attempts;
      try {
        return await super.connect();
      } catch (thrown) {
        if (others.length === 0 && isOfCertificates(thrown)) this.#try(this.#connection.attempts());
        if (othersLeft === 0 || !mayFallBack(thrown)) throw thrown;
        // Unless another connection of ours has done so just now.
        if (attempt === this.#attempts[0] && attempt !== undefined) this.#try([...others, attempt]);
      }
    }
  }

  #try(attempts: readonly TlsAttempt[]): void {
    this.#attempts = attempts;
    this.options.ssl = attempts[0];
  }
}

/** Not of the network: certificates may have been renewed since they were read. */
function isOfCertificates(thrown: unknown): boolean {
  const code = systemCodeOf(thrown);
  return code !== undefined && (code === 'EPROTO' || !/^E[A-Z]+$/.test(code));
}
