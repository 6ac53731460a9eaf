import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import type { OtlpSettings } from './otel-settings.ts';

/** What the PEM files of the settings hold. */
export interface Tls {
  readonly ca: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly cert: Buffer | undefined;
}

/**
 * Reads the files as they are now; gives `before` itself where they hold the same, which need not be parsed again.
 * Rejects with `setting_invalid` where they cannot be used, or not together.
 */
export async function readTls(settings: OtlpSettings, before?: Tls): Promise<Tls> {
  const tls = {
    ca: await readPem('certificate', settings.certificate),
    key: await readPem('client key', settings.clientKey),
    cert: await readPem('client certificate', settings.clientCertificate),
  };
  if (before !== undefined && isSame(tls, before)) return before;
  try {
    createSecureContext(tls);
  } catch (cause) {
    const message = `the certificates for OTLP cannot be used: ${messageOf(cause)}`;
    throw new TelemetryError('setting_invalid', message, { cause });
  }
  return tls;
}

function isSame(one: Tls, other: Tls): boolean {
  const same = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
    a === undefined || b === undefined ? a === b : a.equals(b);
  return same(one.ca, other.ca) && same(one.key, other.key) && same(one.cert, other.cert);
}

async function readPem(what: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    const message = `reading the ${what} for OTLP from ${path} failed: ${messageOf(cause)}`;
    throw new TelemetryError('setting_invalid', message, { cause });
  }
}
