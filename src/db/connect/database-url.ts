import { messageOf, TelemetryError } from '../../runtime/errors.ts';

/** What an address says, under libpq's names: `host`, `port`, `user`, `password`, `dbname`, `sslmode` and so on. */
export type Address = ReadonlyMap<string, string>;

/** A connection string for people: without its password and without parameters other than the host. */
export function describeUrl(url: string): string {
  const read = readUrl(url);
  if (read === undefined) return 'an unreadable connection string';
  const { parsed, hostless } = read;
  const host = parsed.searchParams.get('host') ?? (hostless ? '' : decodeURIComponent(parsed.host));
  const user = parsed.username === '' ? '' : `${parsed.username}${hasPassword(parsed) ? ':***' : ''}@`;
  return `${parsed.protocol}//${user}${host}${parsed.pathname}`;
}

/** Reads a connection string as libpq does: what stands after the question mark wins. Throws `setting_invalid`. */
export function readAddress(url: string): Address {
  const read = readUrl(url);
  if (severalHosts.test(url) || read?.parsed.searchParams.get('host')?.includes(','))
    throw unusable(
      'it names several hosts, of which one alone can be used; give that of the primary server, or of what leads to it',
    );
  if (read === undefined) {
    throw new TelemetryError(
      'setting_invalid',
      'TELEMETRY_DATABASE_URL is no PostgreSQL address: write postgresql://USER:PASSWORD@HOST:5432/DATABASE, or ' +
        'postgresql://USER@/DATABASE?host=/FOLDER for a unix socket; in a password write %40 for @, %3A for :, %2F for / and %25 for %',
    );
  }
  const { parsed, hostless } = read;
  const parts: readonly (readonly [string, string])[] = [
    ['host', hostless ? '' : decodeURIComponent(parsed.hostname).replace(/^\[(.*)\]$/, '$1')],
    ['port', parsed.port],
    ['user', decodeURIComponent(parsed.username)],
    ['password', decodeURIComponent(parsed.password)],
    ['dbname', decodeURIComponent(parsed.pathname.slice(1))],
    ...parsed.searchParams,
  ];
  const unknown = [...parsed.searchParams.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw unusable(
      `it has the parameter ${unknown.join(', ')}, which is not known. Known are: ${[...known].join(', ')}`,
    );
  }
  return new Map(parts.filter(([, value]) => value !== ''));
}

/** A comma in what follows the last at sign, before which there may be a password. */
const severalHosts = /^\w+:\/\/(?:[^/?]*@|(?![^/?]*@))[^@/?]*,/;

/** Misspelt, a parameter that asks for safety would give none: what is not here is refused. */
const known: ReadonlySet<string> = new Set([
  ...['host', 'port', 'user', 'password', 'dbname', 'options', 'application_name', 'connect_timeout'],
  ...[
    'sslmode',
    'sslrootcert',
    'sslcert',
    'sslkey',
    'sslpassword',
    'sslnegotiation',
    'channel_binding',
    'ssl',
  ],
  ...['ssl_min_protocol_version', 'ssl_max_protocol_version'],
]);

/** Does what reads the files that an address names. Throws `setting_invalid` when they cannot be used. */
export function readingUrl<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw cause instanceof TelemetryError ? cause : unusable(messageOf(cause), cause);
  }
}

/** That an address cannot be used, and why. */
export function unusable(why: string, cause?: unknown): TelemetryError {
  return new TelemetryError('setting_invalid', `TELEMETRY_DATABASE_URL cannot be used: ${why}`, { cause });
}

function hasPassword({ password, searchParams }: URL): boolean {
  return password !== '' || searchParams.has('password');
}

/** `postgresql://user@/db`, which has no host, is an address to PostgreSQL but not to `URL`. */
function readUrl(url: string): { readonly parsed: URL; readonly hostless: boolean } | undefined {
  if (!/^postgres(ql)?:\/\//.test(url) || !isDecodable(url)) return undefined;
  const text = url
    // To libpq a question mark may be part of a password, a number sign is one anywhere, and a plus is no space.
    .replace(/^(\w+:\/\/)([^@/]*)@/, (_, scheme, user) => `${scheme}${user.replaceAll('?', '%3F')}@`)
    .replaceAll('#', '%23')
    .replace(/\?.*$/s, (query) => query.replaceAll('+', '%2B'));
  const parsed = URL.parse(text);
  if (parsed !== null) return { parsed, hostless: false };
  const withHost = URL.parse(text.replace('@/', '@none/'));
  return withHost === null ? undefined : { parsed: withHost, hostless: true };
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
