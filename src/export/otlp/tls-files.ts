import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import { oneAtATime } from '../../runtime/one-at-a-time.ts';
import { openFile } from '../../runtime/open-file.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { OtlpSettings } from './otel-settings.ts';

/** What the PEM files of the settings hold. */
export interface Tls {
  readonly ca: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly cert: Buffer | undefined;
}

export type ReadTls = (signal: AbortSignal) => Promise<Tls>;

const patienceMs = 5000;

/**
 * Reads the files as they are at each time; gives what it gave before where they hold the same, which need not be parsed again. Rejects
 * with `setting_invalid` where they cannot be used, or not together. What hangs is not read again while it does: it holds one of the
 * few threads that read files, and no more.
 */
export function tlsReader(settings: OtlpSettings): ReadTls {
  let last: Tls | undefined;
  const readOnce = oneAtATime(async () => {
    last = await readTls(settings, last);
    return last;
  });
  const reason = new TelemetryError(
    'timeout',
    'reading the certificates for OTLP took too long; see whether their disk hangs',
  );
  return (signal) => withinTime({ ms: patienceMs, reason, signal }, readOnce);
}

async function readTls(settings: OtlpSettings, before?: Tls): Promise<Tls> {
  const tls = {
    ca: await readPem('certificate', settings.certificate),
    key: await readPem('client key', settings.clientKey),
    cert: await readPem('client certificate', settings.clientCertificate),
  };
  if (before !== undefined && isSame(tls, before)) return before;
  try {
    if (tls.ca !== undefined) assertCertificate(tls.ca);
    createSecureContext(tls);
  } catch (cause) {
    const message = `the certificates for OTLP cannot be used: ${messageOf(cause)}`;
    throw new TelemetryError('setting_invalid', message, { cause });
  }
  return tls;
}

/** Node takes a file without any, as one that is being written, for an authority that has signed nothing. */
function assertCertificate(ca: Buffer): void {
  if (!ca.includes('CERTIFICATE-----'))
    throw new Error('the file of the authority holds no certificate in PEM');
  new X509Certificate(ca);
}

function isSame(one: Tls, other: Tls): boolean {
  const same = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
    a === undefined || b === undefined ? a === b : a.equals(b);
  return same(one.ca, other.ca) && same(one.key, other.key) && same(one.cert, other.cert);
}

async function readPem(what: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    await using file = await openFile(path);
    return await file.readFile();
  } catch (cause) {
    const message = `reading the ${what} for OTLP from ${path} failed: ${messageOf(cause)}`;
    throw new TelemetryError('setting_invalid', message, { cause });
  }
}
