import { messageOf, systemCodeOf, TelemetryError } from './errors.ts';

/** Where to listen; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What to say when it is not possible: the settings that choose another address. */
export interface AddressSettings {
  readonly host: string;
  readonly port: string;
}

/** A server that listens as Fastify does. */
export interface Listener {
  listen(address: ListenAddress): Promise<string>;
}

/** Starts to listen, and resolves with the URL of the server. Throws a TelemetryError that says what to change. */
export async function listen(
  server: Listener,
  { host, port }: ListenAddress,
  settings: AddressSettings,
): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (thrown) {
    throw inWords(thrown, { host, port }, settings);
  }
}

function inWords(thrown: unknown, { host, port }: ListenAddress, settings: AddressSettings): TelemetryError {
  const where = `port ${port} on ${host}`;
  const cause = { cause: thrown };
  switch (systemCodeOf(thrown)) {
    case 'EADDRINUSE':
      return new TelemetryError(
        'address_in_use',
        `${where} is in use: stop the other program or choose another with ${settings.port}`,
        cause,
      );
    case 'EACCES':
      return new TelemetryError(
        'permission_denied',
        `${where} may not be used by this user: choose a port above 1023 with ${settings.port}`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new TelemetryError(
        'setting_invalid',
        `cannot listen on ${host}: it is no address of this machine; choose one with ${settings.host}, such as 127.0.0.1`,
        cause,
      );
    default:
      return new TelemetryError('internal', `cannot listen on ${where}: ${messageOf(thrown)}`, cause);
  }
}
