import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { type ErrorCode, messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import type { Endpoint } from './endpoint.ts';
import { parseJson } from './json.ts';
import type { Answer } from './transport.ts';

interface Cause {
  readonly code: ErrorCode;
  readonly advice: string;
}

const notReachable: Cause = {
  code: 'connection_refused',
  advice: 'see that the engine runs and that DOCKER_HOST names the address it listens on',
};
const nameUnknown: Cause = { code: 'not_found', advice: 'see that the host name in DOCKER_HOST is right' };
const lost: Cause = {
  code: 'connection_lost',
  advice: 'see whether the engine was restarted; its log may say more',
};
const untrusted: Cause = {
  code: 'protocol',
  advice: "see that ca.pem in DOCKER_CERT_PATH is the authority that signed the engine's certificate",
};
const misnamed: Cause = {
  code: 'protocol',
  advice: "give DOCKER_HOST a name or an address that the engine's certificate is for",
};
const misdated: Cause = {
  code: 'protocol',
  advice: "renew the engine's certificate, or set the clock that is wrong",
};
const unwelcome: Cause = {
  code: 'permission_denied',
  advice:
    'the engine wants a valid certificate of an authority that it knows: see cert.pem and key.pem in DOCKER_CERT_PATH',
};
const unreadable: Cause = {
  code: 'setting_invalid',
  advice: 'cert.pem and key.pem in DOCKER_CERT_PATH must be PEM files that belong together',
};

const causes: Readonly<Record<string, Cause>> = {
  EACCES: { code: 'permission_denied', advice: 'give this user access to the socket' },
  EPERM: { code: 'permission_denied', advice: 'give this user access to the socket' },
  ENOENT: {
    code: 'not_found',
    advice: 'start the engine, mount its socket here, or set DOCKER_HOST to where it listens',
  },
  ECONNREFUSED: notReachable,
  EHOSTUNREACH: notReachable,
  ENETUNREACH: notReachable,
  ENOTFOUND: nameUnknown,
  EAI_AGAIN: nameUnknown,
  ECONNRESET: lost,
  EPIPE: lost,
  ETIMEDOUT: { code: 'timeout', advice: 'see that the engine is reachable from here' },
  ERR_TLS_CERT_ALTNAME_INVALID: misnamed,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  CERT_HAS_EXPIRED: misdated,
  CERT_NOT_YET_VALID: misdated,
};

/** Of codes that OpenSSL makes of its own words. */
const patterns: readonly (readonly [RegExp, Cause])[] = [
  [/^ERR_SSL_.*_ALERT_.*(CERTIFICATE|CA)/, unwelcome],
  [/^ERR_OSSL_/, unreadable],
];

const otherwise: Cause = {
  code: 'protocol',
  advice: 'see that a Docker-compatible engine listens there, and that both sides use TLS or neither does',
};

/** What a request threw, as the failure to report. */
export async function failureOf(
  thrown: unknown,
  attempt: string,
  endpoint: Endpoint,
): Promise<TelemetryError> {
  if (thrown instanceof TelemetryError) {
    return new TelemetryError(thrown.code, `${attempt} failed: ${thrown.message}`, { cause: thrown });
  }
  const { code, advice } = causeOf(systemCodeOf(thrown) ?? '');
  const better =
    code === 'permission_denied' && endpoint.kind === 'unix'
      ? await socketAdvice(endpoint.socketPath)
      : undefined;
  const message = `${attempt} failed: ${onOneLine(messageOf(thrown))}; ${better ?? advice}`;
  return new TelemetryError(code, message, { cause: thrown });
}

function causeOf(systemCode: string): Cause {
  const alike = patterns.find(([pattern]) => pattern.test(systemCode))?.[1];
  return causes[systemCode] ?? alike ?? otherwise;
}

const onOneLine = (text: string): string => text.trim().replace(/\s+/g, ' ');

/** Who may open a socket, and how to become one of them; undefined where that cannot be seen. */
async function socketAdvice(socketPath: string): Promise<string | undefined> {
  try {
    const { uid, gid, mode } = await stat(socketPath);
    const rights = (mode & 0o777).toString(8).padStart(4, '0');
    return `the socket belongs to user ${uid} and group ${gid}, mode ${rights}: add this user to group ${gid}, or start this container with --group-add ${gid}`;
  } catch {
    return undefined;
  }
}

/** An answer that is not what was asked for; the engine's own words are passed on as they are. */
export function refusalOf({ status, body }: Answer, attempt: string): TelemetryError {
  const words = wordsOf(body);
  const message = [`${attempt} was answered with HTTP ${status}: ${words}`, adviceOn(status, words)];
  return new TelemetryError(isDenial(status) ? 'permission_denied' : 'protocol', message.join(''));
}

const isDenial = (status: number): boolean => status === 401 || status === 403;

function adviceOn(status: number, words: string): string {
  if (isDenial(status)) return '; whatever stands before the engine must let this request pass';
  if (status >= 300 && status < 400)
    return '; DOCKER_HOST must name the engine itself, not what redirects to it';
  return words.includes('HTTPS server') ? '; set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH' : '';
}

const longestWords = 500;
const errorBody = z.object({ message: z.string().min(1) });

/** A document in place of words is left out: one of a container holds its environment. */
function wordsOf(body: string): string {
  const message = errorBody.safeParse(parseJson(body)).data?.message;
  const words = onOneLine(message ?? (/^\s*[[{]/.test(body) ? '' : body));
  return words === '' ? 'no reason given' : words.slice(0, longestWords);
}
