import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { isIP, type LookupFunction, connect as openTcp, type Socket } from 'node:net';
import { connect as openTls, type SecureContext, type TLSSocket } from 'node:tls';
import { addressPatienceMs } from '../../runtime/address-patience.ts';
import { type Certificate, readCertificate } from './certificate.ts';

/** Where a URL leads: `[::1]` in it is the host `::1`. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

export function placeOf({ hostname, port, protocol }: URL): Place {
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

/** Begins to connect; the first address that answers is taken. Each has its share of the time, so that all have their turn. */
export function beginTcp(
  { host, port }: Place,
  addresses: readonly LookupAddress[],
  timeoutMs: number,
): Socket {
  const lookup: LookupFunction = (_, { all }, found) => {
    const [first] = addresses;
    if (all === true) found(null, [...addresses]);
    else found(null, first?.address ?? '', first?.family);
  };
  const share = Math.ceil(timeoutMs / Math.max(1, addresses.length));
  const autoSelectFamilyAttemptTimeout = Math.min(addressPatienceMs, share);
  return withoutShouting(
    openTcp({ host, port, lookup, autoSelectFamily: true, autoSelectFamilyAttemptTimeout }),
  );
}

export async function untilConnected(socket: Socket): Promise<void> {
  await once(socket, 'connect');
}

/** Begins TLS over a connection. Whether to trust is decided afterwards, so that the certificate is seen in any case. */
export function beginTls(socket: Socket, { host }: Place, trust: SecureContext | undefined): TLSSocket {
  return withoutShouting(
    openTls({
      socket,
      host,
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
      ...(trust === undefined ? {} : { secureContext: trust }),
    }),
  );
}

export async function untilSecure(socket: TLSSocket): Promise<Certificate> {
  await once(socket, 'secureConnect');
  return readCertificate(socket);
}

/** An error that nobody listens for ends the process, and one may come when nobody waits for the socket any more. */
function withoutShouting<S extends Socket>(socket: S): S {
  return socket.on('error', () => {});
}
