import { messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import { oneAtATime } from '../../runtime/one-at-a-time.ts';
import { openFile } from '../../runtime/open-file.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { Endpoint, TlsFiles } from './endpoint.ts';

/** PEM texts for a connection by TLS. */
export interface Credentials {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

const none: Credentials = { ca: undefined, cert: undefined, key: undefined };

export type ReadCredentials = (signal: AbortSignal) => Promise<Credentials>;

const patienceMs = 2000;

/**
 * What the files hold at each time; rejects with `setting_invalid` or `permission_denied` for one that cannot be read. They are read one
 * after the other, and not again while that is under way: a disk that hangs holds one of the few threads that read files, and no more.
 */
export function credentialReader(endpoint: Endpoint): ReadCredentials {
  if (endpoint.kind !== 'tcp' || endpoint.protocol !== 'https') return async () => none;
  const { tls } = endpoint;
  const read = async (part: keyof TlsFiles): Promise<string | undefined> => {
    const path = tls[part];
    return path === undefined ? undefined : await readPem(path, part);
  };
  const readOnce = oneAtATime(
    async (): Promise<Credentials> => ({
      ca: await read('ca'),
      cert: await read('cert'),
      key: await read('key'),
    }),
  );
  const reason = new TelemetryError(
    'timeout',
    `reading the certificates for ${endpoint.description} took too long; see whether their disk hangs`,
  );
  return (signal) => withinTime({ ms: patienceMs, reason, signal }, readOnce);
}

export function areSame(one: Credentials, other: Credentials): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key;
}

const meanings: Readonly<Record<keyof TlsFiles, string>> = {
  ca: "the certificate of the authority that signed the engine's",
  cert: 'our own certificate',
  key: 'the key of our own certificate',
};

async function readPem(path: string, part: keyof TlsFiles): Promise<string> {
  const what = `reading ${path}, ${meanings[part]}, failed`;
  const text = await textOf(path).catch((thrown: unknown) => {
    const denied = systemCodeOf(thrown) === 'EACCES';
    const advice = denied ? 'give this user the right to read it' : 'put it there, or give its right path';
    const message = `${what}: ${messageOf(thrown)}; ${advice}`;
    throw new TelemetryError(denied ? 'permission_denied' : 'setting_invalid', message, { cause: thrown });
  });
  // Node takes an empty authority for none, and would trust every one that it knows.
  if (text.trim() === '') throw new TelemetryError('setting_invalid', `${what}: it is empty; write it anew`);
  return text;
}

async function textOf(path: string): Promise<string> {
  await using file = await openFile(path);
  return await file.readFile('utf8');
}
