import { messageOf, systemCodeOf } from '../../runtime/errors.ts';

/** By Node's code of the error, what is the matter more often than anything else. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /^HPE_INVALID_/,
    'what listens there does not speak HTTP/1.1: OTLP over HTTP has a port of its own, usually 4318',
  ],
  [
    /^ERR_SSL_.*ALERT_(.*CERTIFICATE|UNKNOWN_CA)/,
    'the receiver wants a certificate that it knows: give OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY',
  ],
  [
    /^EPROTO$|^ERR_SSL_/,
    'see whether both sides use TLS: https:// for a receiver that does, http:// for one that does not',
  ],
  [
    /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED|CERT_SIGNATURE_)/,
    "give the authority that signed the receiver's certificate as OTEL_EXPORTER_OTLP_CERTIFICATE",
  ],
];

/** Why a request brought no answer, on one line. */
export function requestFailure(thrown: unknown): string {
  const code = systemCodeOf(thrown) ?? '';
  // Node's message for several refused addresses is empty.
  const message = messageOf(thrown).replace(/\s+/g, ' ').trim() || code || 'the connection failed';
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1];
  return hint === undefined ? message : `${message}; ${hint}`;
}
