import { z } from 'zod';
import { systemCodeOf } from '../../runtime/errors.ts';
import type { Cause } from './cause.ts';
import type { TcpEndpoint } from './endpoint.ts';

type Advice = (endpoint: TcpEndpoint, thrown: unknown) => string;

const untrusted: Advice = ({ tls: { ca } }) =>
  ca === undefined
    ? "the engine's certificate is of no authority that is known here: give the file with that authority's certificate, as ca.pem in DOCKER_CERT_PATH or as tls_ca of the server"
    : `see that ${ca} holds the certificate of the authority that signed the engine's`;

const misnamed: Advice = ({ serverName }, thrown) => {
  const names = withNames.safeParse(thrown).data?.cert.subjectaltname ?? 'no name at all';
  return serverName === undefined
    ? `the engine's certificate is for ${names}: give one of these as the engine's address, or as the server's TLS name`
    : `the engine's certificate is for ${names}: give one of these in place of ${serverName} as the server's TLS name`;
};

const expired: Advice = () =>
  "renew the engine's certificate, or its authority's if that has expired, or set the clock that is wrong";

const notYetValid: Advice = () =>
  "the time for which the engine's certificate is valid has not begun: set the clock that is wrong";

const unfit: Advice = () =>
  "make the engine a certificate that is for a server's use, of an authority that may sign it";

/** By Node's word for what is wrong with the engine's certificate. */
const refusedByUs: Readonly<Record<string, Advice>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_UNTRUSTED: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: misnamed,
  HOSTNAME_MISMATCH: misnamed,
  CERT_HAS_EXPIRED: expired,
  CERT_NOT_YET_VALID: notYetValid,
  INVALID_PURPOSE: unfit,
  INVALID_CA: unfit,
};

/** What Node throws holds the certificate. */
const withNames = z.object({ cert: z.object({ subjectaltname: z.string() }) });

const anonymous =
  'the engine wants to know who asks: give a certificate and its key, as cert.pem and key.pem in DOCKER_CERT_PATH or as tls_cert and tls_key of the server';

/** By the alert with which the engine ends the connection. Older engines call a certificate bad that they were not given. */
const refusedByEngine: Advice = ({ tls: { cert } }, thrown) => {
  const alert = systemCodeOf(thrown) ?? '';
  if (cert === undefined) return anonymous;
  if (alert.endsWith('UNKNOWN_CA')) {
    return `the engine does not know the authority that signed our certificate ${cert}: have it signed by the one in the engine's --tlscacert`;
  }
  if (alert.endsWith('EXPIRED')) return `our certificate ${cert} has expired: renew it`;
  return `the engine does not accept our certificate ${cert}: see that it is for a client's use, has not expired, and is of the authority in the engine's --tlscacert`;
};

const unreadable: Advice = ({ tls: { cert = 'our certificate', key = 'its key' } }) =>
  `${cert} and ${key} must be PEM files that belong together, the key without a passphrase`;

/** What to do about a connection that failed by TLS; undefined where TLS is not to blame. */
export function tlsCauseOf(thrown: unknown, endpoint: TcpEndpoint): Cause | undefined {
  const code = systemCodeOf(thrown) ?? '';
  const ours = refusedByUs[code];
  if (ours !== undefined) return { code: 'tls', advice: ours(endpoint, thrown) };
  if (/ALERT_.*(CERTIFICATE|CA)/.test(code)) {
    return { code: 'permission_denied', advice: refusedByEngine(endpoint, thrown) };
  }
  const isLocal = /^ERR_OSSL_|^ERR_MISSING_PASSPHRASE$/.test(code);
  return isLocal ? { code: 'setting_invalid', advice: unreadable(endpoint, thrown) } : undefined;
}
