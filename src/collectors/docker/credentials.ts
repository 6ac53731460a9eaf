import { readFile } from 'node:fs/promises';
import { messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import type { Endpoint, TlsFiles } from './endpoint.ts';

/** PEM texts for a connection by TLS. */
export interface Credentials {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

const none: Credentials = { ca: undefined, cert: undefined, key: undefined };

/** What the files hold now; throws `setting_invalid` or `permission_denied` for one that cannot be read. */
export async function readCredentials(endpoint: Endpoint, signal: AbortSignal): Promise<Credentials> {
  if (endpoint.kind !== 'tcp' || endpoint.protocol !== 'https') return none;
  const { tls } = endpoint;
  const read = async (part: keyof TlsFiles): Promise<string | undefined> => {
    const path = tls[part];
    return path === undefined ? undefined : await readPem(path, part, signal);
  };
  const [ca, cert, key] = await Promise.all([read('ca'), read('cert'), read('key')]);
  return { ca, cert, key };
}

export function areSame(one: Credentials, other: Credentials): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key;
}

const meanings: Readonly<Record<keyof TlsFiles, string>> = {
  ca: "the certificate of the authority that signed the engine's",
  cert: 'our own certificate',
  key: 'the key of our own certificate',
};

async function readPem(path: string, part: keyof TlsFiles, signal: AbortSignal): Promise<string> {
  const what = `reading ${path}, ${meanings[part]}, failed`;
  const text = await readFile(path, { encoding: 'utf8', signal }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const denied = systemCodeOf(thrown) === 'EACCES';
    const advice = denied ? 'give this user the right to read it' : 'put it there, or give its right path';
    const message = `${what}: ${messageOf(thrown)}; ${advice}`;
    throw new TelemetryError(denied ? 'permission_denied' : 'setting_invalid', message, { cause: thrown });
  });
  // Node takes an empty authority for none, and would trust every one that it knows.
  if (text.trim() === '') throw new TelemetryError('setting_invalid', `${what}: it is empty; write it anew`);
  return text;
}
