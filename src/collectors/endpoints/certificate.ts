import type { TLSSocket } from 'node:tls';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import { messageOf, systemCodeOf } from '../../runtime/errors.ts';
import type { Outcome } from './sample.ts';

/** What a server showed to prove who it is. */
export interface Certificate {
  /** Undefined where it showed none that can be read. */
  readonly validFrom: Micros | undefined;
  readonly validTo: Micros | undefined;
  /** OpenSSL's or Node's code of why it is not trusted; undefined where it is. */
  readonly distrust: string | undefined;
}

export function readCertificate(socket: TLSSocket): Certificate {
  const certificate = socket.getPeerX509Certificate();
  return {
    validFrom: timeOf(certificate?.validFrom),
    validTo: timeOf(certificate?.validTo),
    distrust: socket.authorized ? undefined : codeOf(socket.authorizationError),
  };
}

/** Node's types promise an error, and Node gives the error's code. */
function codeOf(error: unknown): string {
  return typeof error === 'string' ? error : (systemCodeOf(error) ?? messageOf(error));
}

/** Such as `Nov 25 16:00:00 2026 GMT`. */
function timeOf(text: string | undefined): Micros | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : microsFromMs(ms);
}

const reasons: Readonly<Record<string, Outcome>> = {
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_not_yet_valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_wrong_name',
  HOSTNAME_MISMATCH: 'certificate_wrong_name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_self_signed',
};

/** Undefined for a certificate that is trusted. Of several faults, dates come first: OpenSSL names the last one it sees. */
export function faultOf({ validFrom, validTo, distrust }: Certificate, now: Micros): Outcome | undefined {
  if (distrust === undefined) return undefined;
  if (validTo !== undefined && validTo < now) return 'certificate_expired';
  if (validFrom !== undefined && validFrom > now) return 'certificate_not_yet_valid';
  return reasons[distrust] ?? 'certificate_untrusted';
}
