import { Socket } from 'node:net';
import type { Client } from 'pg';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type Connection, connectionOf } from './connection.ts';
import { mayFallBack, type TlsAttempt } from './tls.ts';

export interface ClientOptions {
  /** What the server shows as the name of the program. */
  readonly name: string;
  readonly logger: Logger;
  /** Cuts the connection off at any time, whether the server answers or not. */
  readonly signal: AbortSignal;
}

/** A connection of one's own, without the limits that those of a pool have. Whoever opens it ends it. */
export async function openClient(url: string, options: ClientOptions): Promise<Client> {
  const connection = connectionOf(url);
  const [first = false, ...others] = connection.attempts();
  try {
    return await connect(connection, first, options);
  } catch (thrown) {
    const [second] = others;
    if (second === undefined || !mayFallBack(thrown)) throw thrown;
    return await connect(connection, second, options);
  }
}

async function connect(
  { config, Client: Kind }: Connection,
  ssl: TlsAttempt,
  { name, logger, signal }: ClientOptions,
): Promise<Client> {
  signal.throwIfAborted();
  const socket = new Socket();
  const client = new Kind({
    application_name: name,
    connectionTimeoutMillis: 10_000,
    ...config,
    ssl,
    stream: () => socket,
  });
  client.on('error', (error) => logger.debug('database connection failed', { error: messageOf(error) }));
  // A server that does not answer does not answer a goodbye either.
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', abort));
  try {
    return await client.connect();
  } catch (thrown) {
    socket.destroy();
    signal.throwIfAborted();
    throw thrown;
  }
}

const goodbyeWithinMs = 1_000;

/** Ends a connection within a second, whatever the server does. */
export async function endClient(client: Client): Promise<void> {
  const cutOff = setTimeout(() => client.connection.stream.destroy(), goodbyeWithinMs);
  await client.end().catch(() => {});
  clearTimeout(cutOff);
}
