import { type ErrorCode, messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';

type Cause = readonly [code: ErrorCode, words: string];

const silent: Cause = [
  'timeout',
  'no answer came in time; see whether it hangs, or a firewall drops packets',
];
const lost: Cause = [
  'connection_lost',
  'the connection was cut off; see whether the manager was restarted just now',
];
const unreachable: Cause = [
  'connection_refused',
  'nobody listens there; see that the manager runs and that the address and port are right',
];
const unnamed: Cause = ['not_found', 'the host name is not known; see the address of the manager'];

const causes: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOTFOUND: unnamed,
  EAI_AGAIN: unnamed,
  ECONNRESET: lost,
  EPIPE: lost,
  UND_ERR_SOCKET: lost,
  ETIMEDOUT: silent,
  UND_ERR_CONNECT_TIMEOUT: silent,
  UND_ERR_HEADERS_TIMEOUT: silent,
  UND_ERR_BODY_TIMEOUT: silent,
  UND_ERR_RES_EXCEEDED_MAX_SIZE: ['protocol', 'the answer is too long to be one of the manager'],
};

const otherwise: Cause = [
  'protocol',
  'see that CIRISManager answers there, and that http:// or https:// is right',
];

/** What a request threw, in words. Its own message is only shown where it is none of what answered. */
export function requestFailureOf(thrown: unknown, attempt: string): TelemetryError {
  if (thrown instanceof TelemetryError) return thrown;
  const code = systemCodeOf(thrown) ?? '';
  const [type, words] = Object.hasOwn(causes, code) ? (causes[code] ?? otherwise) : otherwise;
  const detail = type === 'protocol' && code.startsWith('HPE_') ? 'what answers speaks no HTTP; ' : '';
  const reason = isOfTls(code) ? `${messageOf(thrown)}; ` : detail;
  return new TelemetryError(type, `${attempt} failed: ${reason}${words}`, { cause: thrown });
}

const isOfTls = (code: string): boolean =>
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code);

/** An answer that is not what was asked for; what its body says is not shown. */
export function refusalOf(status: number, attempt: string): TelemetryError {
  const told = `${attempt} was answered with HTTP ${status}`;
  if (status >= 300 && status < 400) {
    return new TelemetryError(
      'protocol',
      `${told}, which leads elsewhere and is not followed; give the address that it leads to`,
    );
  }
  if (status === 404) {
    return new TelemetryError('protocol', `${told}; see that the address is that of CIRISManager itself`);
  }
  if (status === 429)
    return new TelemetryError('protocol', `${told}: too many requests; it is left alone for a while`);
  return new TelemetryError('protocol', `${told}; see the log of CIRISManager`);
}
