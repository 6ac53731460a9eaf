import { messageOf, TelemetryError } from '../runtime/errors.ts';

/** A connection string for people: without its password and without parameters other than the host. */
export function describeUrl(url: string): string {
  const read = readUrl(url);
  if (read === undefined) return 'an unreadable connection string';
  const { parsed, hostless } = read;
  const host = parsed.searchParams.get('host') ?? (hostless ? '' : decodeURIComponent(parsed.host));
  const user = parsed.username === '' ? '' : `${parsed.username}${hasPassword(parsed) ? ':***' : ''}@`;
  return `${parsed.protocol}//${user}${host}${parsed.pathname}`;
}

/** Throws for a string that names no PostgreSQL database. */
export function requireUrl(url: string): void {
  if (readUrl(url) !== undefined) return;
  throw new TelemetryError(
    'setting_invalid',
    'TELEMETRY_DATABASE_URL is no PostgreSQL address: write postgresql://USER:PASSWORD@HOST:5432/DATABASE, or ' +
      'postgresql://USER@/DATABASE?host=/FOLDER for a unix socket; in a password write %40 for @, %3A for : and %2F for /',
  );
}

/** Does what reads a connection string, and with it the certificates that it names. Throws `setting_invalid` when those cannot be read. */
export function readingUrl<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new TelemetryError(
      'setting_invalid',
      `TELEMETRY_DATABASE_URL cannot be used: ${messageOf(cause)}. See to its parameters sslmode, sslrootcert, sslcert and sslkey`,
      { cause },
    );
  }
}

function hasPassword({ password, searchParams }: URL): boolean {
  return password !== '' || searchParams.has('password');
}

/** `postgresql://user@/db`, which has no host, is an address to PostgreSQL but not to `URL`. */
function readUrl(url: string): { readonly parsed: URL; readonly hostless: boolean } | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) return undefined;
  const withHost = url.replace('@/', '@none/');
  const parsed = URL.parse(url) ?? URL.parse(withHost);
  return parsed === null ? undefined : { parsed, hostless: URL.parse(url) === null };
}
