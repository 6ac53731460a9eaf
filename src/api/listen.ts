import type { FastifyInstance } from 'fastify';
import { messageOf, systemCodeOf, TelemetryError } from '../runtime/errors.ts';

/** Where to listen; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Starts to listen, and resolves with the URL of the server. Throws a TelemetryError that says what to change. */
export async function listen(app: Pick<FastifyInstance, 'listen'>, address: ListenAddress): Promise<string> {
  try {
    return await app.listen({ host: address.host, port: address.port });
  } catch (thrown) {
    throw inWords(thrown, address);
  }
}

const portSetting = '--port / OTEL_EXPORTER_PROMETHEUS_PORT';
const hostSetting = '--host / OTEL_EXPORTER_PROMETHEUS_HOST';

function inWords(thrown: unknown, { host, port }: ListenAddress): TelemetryError {
  const where = `port ${port} on ${host}`;
  const cause = { cause: thrown };
  switch (systemCodeOf(thrown)) {
    case 'EADDRINUSE':
      return new TelemetryError(
        'address_in_use',
        `${where} is in use: stop the other program or choose another with ${portSetting}`,
        cause,
      );
    case 'EACCES':
      return new TelemetryError(
        'permission_denied',
        `${where} may not be used by this user: choose a port above 1023 with ${portSetting}`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new TelemetryError(
        'setting_invalid',
        `cannot listen on ${host}: it is no address of this machine; choose one with ${hostSetting}, such as 127.0.0.1`,
        cause,
      );
    default:
      return new TelemetryError('internal', `cannot listen on ${where}: ${messageOf(thrown)}`, cause);
  }
}
