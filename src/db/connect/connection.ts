import { Client, type ClientConfig } from 'pg';
import { type Address, readAddress, unusable } from './database-url.ts';
import { ownTypes } from './own-types.ts';
import { type TlsAttempt, tlsAttempts } from './tls.ts';
import { BoundClient } from './tls-channel-binding.ts';

/** How to connect to the database that an address names. */
export interface Connection {
  /** For `pg`, but for TLS. */
  readonly config: ClientConfig;
  /** Makes connections of that kind. */
  readonly Client: typeof Client;
  /** In what ways to try, the first one first; reads the certificates anew. */
  attempts(): readonly TlsAttempt[];
}

/** Throws `setting_invalid` for an address that cannot be used. */
export function connectionOf(url: string): Connection {
  const address = readAddress(url);
  const binding = bindingOf(address);
  return {
    config: configOf(address, binding !== 'disable'),
    Client: binding === 'require' ? BoundClient : Client,
    attempts: () => tlsAttempts(address),
  };
}

/**
 * What our statements take for granted, whatever the server, the database or the role has as its default: that each statement sees
 * what was committed before it, and that times and figures come as they are stored.
 */
const enforced = [
  '-c default_transaction_isolation=read\\ committed',
  '-c DateStyle=ISO',
  '-c TimeZone=UTC',
  '-c extra_float_digits=1',
  '-c standard_conforming_strings=on',
  '-c quote_all_identifiers=off',
];

function configOf(address: Address, enableChannelBinding: boolean): ClientConfig {
  const port = address.get('port');
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw unusable(`its port "${port}" is no number`);
  const timeout = Number(address.get('connect_timeout') ?? 0);
  return {
    user: address.get('user'),
    password: address.get('password'),
    host: address.get('host'),
    port: port === undefined ? undefined : Number(port),
    database: address.get('dbname'),
    options: [address.get('options'), ...enforced].filter((text) => text !== undefined).join(' '),
    enableChannelBinding,
    sslnegotiation: address.get('sslnegotiation') === 'direct' ? 'direct' : 'postgres',
    keepAlive: true,
    types: ownTypes(),
    ...(address.has('application_name') ? { application_name: address.get('application_name') } : {}),
    ...(timeout > 0 ? { connectionTimeoutMillis: timeout * 1000 } : {}),
  };
}

const bindings = ['disable', 'prefer', 'require'] as const;

function bindingOf(address: Address): (typeof bindings)[number] {
  const given = address.get('channel_binding') ?? 'prefer';
  const binding = bindings.find((name) => name === given);
  if (binding === undefined)
    throw unusable(`its channel_binding "${given}" is none of ${bindings.join(', ')}`);
  return binding;
}
