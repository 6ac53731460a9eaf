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
  advice:
    "see that ca.pem in DOCKER_CERT_PATH has signed the engine's certificate, and for the name in DOCKER_HOST",
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
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  CERT_HAS_EXPIRED: untrusted,
};

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
  const { code, advice } = causes[systemCodeOf(thrown) ?? ''] ?? otherwise;
  const better =
    code === 'permission_denied' && endpoint.kind === 'unix'
      ? await socketAdvice(endpoint.socketPath)
      : undefined;
  return new TelemetryError(code, `${attempt} failed: ${messageOf(thrown)}; ${better ?? advice}`, {
    cause: thrown,
  });
}

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
  const denied = status === 401 || status === 403;
  const advice = denied ? '; whatever stands before the engine must let this request pass' : '';
  return new TelemetryError(
    denied ? 'permission_denied' : 'protocol',
    `${attempt} was answered with HTTP ${status}: ${wordsOf(body)}${advice}`,
  );
}

const longestWords = 500;
const errorBody = z.object({ message: z.string().min(1) });

function wordsOf(body: string): string {
  const words = errorBody.safeParse(parseJson(body)).data?.message ?? body.trim();
  return words === '' ? 'no reason given' : words.slice(0, longestWords);
}
