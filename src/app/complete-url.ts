import { readAddress } from '../db/connect/database-url.ts';

/** The variables of libpq, and what each says where an address does not. */
const variables = {
  PGHOST: 'host',
  PGPORT: 'port',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGDATABASE: 'dbname',
  PGOPTIONS: 'options',
  PGAPPNAME: 'application_name',
  PGCONNECT_TIMEOUT: 'connect_timeout',
  PGSSLMODE: 'sslmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGSSLMINPROTOCOLVERSION: 'ssl_min_protocol_version',
  PGSSLMAXPROTOCOLVERSION: 'ssl_max_protocol_version',
  PGCHANNELBINDING: 'channel_binding',
} as const;

/** An address with what it leaves out taken from the variables that libpq knows; throws `setting_invalid` for one that is none. */
export function completeUrl<U extends string | undefined>(
  url: U,
  env: Readonly<Record<string, string | undefined>>,
): U | string {
  if (url === undefined) return url;
  const address = readAddress(url);
  const missing = Object.entries(variables).flatMap(([variable, name]) => {
    const value = env[variable];
    // `ssl=true` is another way to write an sslmode.
    const said = address.has(name) || (name === 'sslmode' && address.has('ssl'));
    return value === undefined || value === '' || said ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  if (missing.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${missing.join('&')}`;
}
