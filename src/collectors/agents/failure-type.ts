import { systemCodeOf } from '../../runtime/errors.ts';
import type { FailureType } from './sample.ts';

const codes = new Map<string, FailureType>(
  Object.entries({
    UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
    ETIMEDOUT: 'connect_timeout',
    UND_ERR_HEADERS_TIMEOUT: 'headers_timeout',
    UND_ERR_BODY_TIMEOUT: 'body_timeout',
    ECONNREFUSED: 'connection_refused',
    ECONNRESET: 'connection_reset',
    EPIPE: 'connection_reset',
    UND_ERR_SOCKET: 'connection_reset',
    ECONNABORTED: 'connection_reset',
    ENOTFOUND: 'name_unknown',
    EHOSTUNREACH: 'unreachable',
    EHOSTDOWN: 'unreachable',
    ENETUNREACH: 'unreachable',
    ENETDOWN: 'unreachable',
    EACCES: 'unreachable',
    UND_ERR_HEADERS_OVERFLOW: 'too_large',
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'unreadable',
  } satisfies Record<string, FailureType>),
);

const patterns: readonly (readonly [RegExp, FailureType])[] = [
  [/^EAI_/, 'name_unknown'],
  [/^(EPROTO|ERR_TLS|ERR_SSL|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/, 'tls_failed'],
];

/** The kind of failure behind whatever a request threw. */
export function failureTypeOf(thrown: unknown): FailureType {
  // By its name: the class comes with the client, which is loaded only where it is needed.
  if (thrown instanceof Error && thrown.name === 'HTTPParserError') return 'unreadable';
  const code = systemCodeOf(thrown) ?? '';
  return codes.get(code) ?? patterns.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
}

const statuses = new Map<number, FailureType>([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [429, 'rate_limited'],
]);

/** The kind of failure that a status stands for; undefined for success. */
export function failureTypeOfStatus(status: number): FailureType | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return 'redirect';
  return statuses.get(status) ?? (status < 500 ? 'client_error' : 'server_error');
}

const silent: ReadonlySet<FailureType> = new Set([
  'connect_timeout',
  'headers_timeout',
  'body_timeout',
  'connection_refused',
  'connection_reset',
  'name_unknown',
  'unreachable',
  'tls_failed',
  'other',
]);

/** Whether no answer came, or only a part of one. */
export const isSilence = (type: FailureType): boolean => silent.has(type);

/** Whether it may be our own, such as too many open files: it says nothing of whom we asked. */
export const mayBeOurs = (type: FailureType): boolean => type === 'other';

const late: ReadonlySet<FailureType | undefined> = new Set([
  'connect_timeout',
  'headers_timeout',
  'body_timeout',
]);

/** Whether it was waited for as long as it may be. */
export const isTimeout = (type: FailureType | undefined): boolean => late.has(type);

const listening = 'see that the agent runs, and that its address is right';
const slow = 'the agent hangs or is overloaded; its log may say more';
export const strangerAdvice =
  'see that its address is that of the agent itself, not of what stands before it';
const renew = 'see that the token known here is the CIRIS_SERVICE_TOKEN of the agent';

const advices: Readonly<Record<FailureType, string>> = {
  connect_timeout:
    'see that the agent runs, that its host name is known here, and that no firewall stands before it',
  headers_timeout: slow,
  body_timeout: slow,
  connection_refused: listening,
  connection_reset: 'the agent may be restarting; its log may say more',
  name_unknown: 'see that the host name of its address is right',
  unreachable: listening,
  tls_failed: 'see that its certificate is valid for its address',
  redirect: strangerAdvice,
  unauthorized: renew,
  forbidden: renew,
  not_found: 'this version of the agent has no such figures',
  rate_limited: 'something else at this address asks the agent very often',
  client_error: strangerAdvice,
  server_error: 'the agent is starting or broken; its log may say more',
  not_json: strangerAdvice,
  too_large: strangerAdvice,
  unreadable: strangerAdvice,
  other: 'see that this process may open connections and files enough',
};

/** What to do about a failure, in words. */
export const adviceOn = (type: FailureType): string => advices[type];
