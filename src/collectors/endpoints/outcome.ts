import { systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import type { Outcome, Phase } from './sample.ts';

/** What it means that time was up in a stage. */
export const lateOutcomes: Readonly<Record<Phase, Outcome>> = {
  dns: 'name_timeout',
  connect: 'connection_timeout',
  tls: 'tls_timeout',
  first_byte: 'response_timeout',
  body: 'body_timeout',
};

/** What a stage threw, as outcome and code. */
export function failureOf(
  thrown: unknown,
  phase: Phase,
): { readonly outcome: Outcome; readonly errorType: string } {
  const errorType = codeOf(thrown);
  return {
    outcome: errorType === 'ETIMEDOUT' ? lateOutcomes[phase] : outcomeOf(errorType, phase),
    errorType,
  };
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof TelemetryError) return thrown.code;
  return systemCodeOf(thrown) ?? (thrown instanceof Error ? thrown.name : 'unknown');
}

function outcomeOf(code: string, phase: Phase): Outcome {
  if (phase === 'dns') return 'name_unresolved';
  if (phase === 'connect') return code === 'ECONNREFUSED' ? 'connection_refused' : 'connection_failed';
  if (phase === 'tls' || code.startsWith('ERR_SSL_')) return 'tls_failed';
  if (code.startsWith('HPE_') || code === 'protocol') return 'protocol_violated';
  return lost.has(code) ? 'connection_lost' : 'unknown';
}

const lost: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'connection_lost']);

/** What to tell a person of an outcome, after the name of the endpoint. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  ok: 'answers as expected',
  name_unresolved: 'has a host name that cannot be resolved; see its DNS records and the name server here',
  name_timeout: 'has a host name that was not resolved in time; see the name server here',
  connection_refused: 'refuses connections; see whether its server runs and listens on that port',
  connection_timeout:
    'does not accept connections in time; see whether its host is up, and the firewalls between',
  connection_failed: 'cannot be connected to; see the network between',
  tls_failed: 'does not come to an agreement on TLS; see whether it speaks TLS there, and which versions',
  tls_timeout: 'does not come to an agreement on TLS in time; see whether its server hangs',
  certificate_expired: 'shows a certificate that has expired; renew it',
  certificate_not_yet_valid: 'shows a certificate that is not valid yet; see the clocks on both sides',
  certificate_wrong_name: 'shows a certificate for another name; see which one its server is set to',
  certificate_self_signed: 'shows a certificate signed by itself; have one made, or give it as caFile',
  certificate_untrusted:
    'shows a certificate of no authority that is trusted here; see that its server sends the whole chain, or give the authority as caFile',
  status_unexpected: 'answers with a status that is not expected; see its log, or add the status to expect',
  response_timeout:
    'accepts requests and does not answer in time; see whether its server hangs or is overloaded',
  body_timeout: 'begins to answer and does not finish in time; see whether its server hangs or is overloaded',
  connection_lost: 'hangs up before it has answered; see its log',
  protocol_violated: 'does not answer in HTTP; see what listens there',
  unknown: 'fails in a way that is not known',
};
