import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import { openFile } from '../../runtime/open-file.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { withinTime } from '../../runtime/within-time.ts';

/**
 * Reads the authorities to trust: anew for each probe, as the file may have been renewed, and as without it nothing true
 * can be said of a certificate. Throws a TelemetryError `setting_invalid` where the file cannot be used.
 */
export async function readAuthorities(
  caFile: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<SecureContext> {
  const reason = new TelemetryError('timeout', 'reading it takes too long');
  try {
    const ca = await withinTime({ ms: timeoutMs, reason, signal }, (own) =>
      untilAborted(textOf(caFile), own),
    );
    assertCertificates(ca);
    return createSecureContext({ ca });
  } catch (thrown) {
    throw new TelemetryError(
      'setting_invalid',
      `its caFile ${caFile} cannot be used: ${messageOf(thrown)}; it must be a PEM file of the authorities to trust`,
      { cause: thrown },
    );
  }
}

const maxBytes = 16 * 1024 * 1024;

async function textOf(path: string): Promise<string> {
  await using file = await openFile(path);
  const { size } = await file.stat();
  if (size > maxBytes) throw new TelemetryError('protocol', 'it is over 16 MB');
  return await file.readFile('utf8');
}

/** A secure context takes any text for authorities, and then trusts nobody. */
function assertCertificates(pem: string): void {
  new X509Certificate(pem);
}
