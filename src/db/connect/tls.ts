import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext, getCACertificates, type SecureVersion } from 'node:tls';
import { messageOf, systemCodeOf } from '../../runtime/errors.ts';
import { type Address, readingUrl, unusable } from './database-url.ts';

/** With what TLS one attempt to connect is made, as `pg` takes it; false for none. */
export type TlsAttempt = ConnectionOptions | false;

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof modes)[number];

/**
 * In what ways to connect to a server, the first one first, as libpq's `sslmode` asks for: `pg` by itself knows no `allow`, takes
 * `prefer`, `require` and `verify-ca` for `verify-full`, and uses no TLS where nothing is said.
 * Reads the certificates that the address names. Throws `setting_invalid`.
 */
export function tlsAttempts(address: Address): readonly TlsAttempt[] {
  const mode = modeOf(address);
  requireStrength(address, mode);
  // Nobody else listens on a unix socket, and PostgreSQL speaks no TLS there.
  if (mode === 'disable' || address.get('host')?.startsWith('/')) return [false];
  const tls = readingUrl(() => tlsOf(address, mode));
  if (mode === 'allow') return [false, tls];
  return mode === 'prefer' ? [tls, false] : [tls];
}

/** Whether a failure says no more than that this server, or this database of it, is to be reached with TLS, or without. */
export function mayFallBack(thrown: unknown): boolean {
  const code = systemCodeOf(thrown);
  if (code === undefined) return messageOf(thrown).includes('does not support SSL');
  return code === '28000' || code === 'EPROTO' || code.startsWith('ERR_SSL');
}

function modeOf(address: Address): Mode {
  const usual = address.get('sslrootcert') === 'system' ? 'verify-full' : 'prefer';
  const given = address.get('sslmode') ?? (address.has('ssl') ? 'require' : usual);
  const mode = modes.find((name) => name === given);
  if (mode === undefined) throw unusable(`its sslmode "${given}" is none of ${modes.join(', ')}`);
  return mode;
}

/** Refuses, as libpq does, what would promise more than it gives. */
function requireStrength(address: Address, mode: Mode): void {
  const root = address.get('sslrootcert');
  if (address.has('ssl') && address.get('ssl') !== 'true')
    throw unusable('its ssl is not "true": write sslmode instead');
  if (address.has('sslcert') !== address.has('sslkey')) throw unusable('sslcert and sslkey go together');
  if (root === 'system' && mode !== 'verify-full') {
    throw unusable(
      `with sslrootcert=system anybody's certificate would do for sslmode=${mode}: write sslmode=verify-full`,
    );
  }
  if (root === undefined && mode === 'verify-ca') {
    throw unusable('sslmode=verify-ca needs sslrootcert, the certificate of the authority that it verifies');
  }
  if (address.get('sslnegotiation') === 'direct' && ['disable', 'allow', 'prefer'].includes(mode)) {
    throw unusable(
      `sslnegotiation=direct needs TLS, which sslmode=${mode} does not ask for: write sslmode=verify-full`,
    );
  }
}

function tlsOf(address: Address, mode: Mode): ConnectionOptions {
  const root = address.get('sslrootcert');
  const verified = root !== undefined || mode === 'verify-full';
  return {
    secureContext: createSecureContext({
      ca: verified ? authoritiesOf(root) : undefined,
      cert: fileOf(address, 'sslcert'),
      key: fileOf(address, 'sslkey'),
      passphrase: address.get('sslpassword'),
      minVersion: versionOf(address, 'ssl_min_protocol_version') ?? 'TLSv1.2',
      maxVersion: versionOf(address, 'ssl_max_protocol_version') ?? 'TLSv1.3',
    }),
    rejectUnauthorized: verified,
    // Only verify-full asks whether the certificate is that of this host.
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

/** Without one named, those that this system and Node trust. */
function authoritiesOf(root: string | undefined): string[] {
  if (root !== undefined && root !== 'system') return [readFileSync(root, 'utf8')];
  return [...new Set([...getCACertificates('system'), ...getCACertificates('bundled')])];
}

function fileOf(address: Address, parameter: string): string | undefined {
  const path = address.get(parameter);
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}

const versions: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

function versionOf(address: Address, parameter: string): SecureVersion | undefined {
  const given = address.get(parameter);
  const version = versions.find((name) => name === given);
  if (given !== undefined && version === undefined)
    throw unusable(`its ${parameter} "${given}" is none of ${versions.join(', ')}`);
  return version;
}
