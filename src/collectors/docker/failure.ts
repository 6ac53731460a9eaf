import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import type { Cause } from './cause.ts';
import type { Endpoint } from './endpoint.ts';
import { parseJson } from './json.ts';
import { tlsCauseOf } from './tls-failure.ts';
import type { Answer } from './transport.ts';

type CauseAt = (endpoint: Endpoint) => Cause;

const notReachable: CauseAt = ({ kind, setting }) => ({
  code: 'connection_refused',
  // An engine that starts makes its socket anew, and what was mounted is still the one before.
  advice:
    kind === 'unix'
      ? 'see that the engine runs; where its socket is mounted here and the engine was restarted since, restart this container too, or mount the folder of the socket in its place'
      : `see that the engine runs and that ${setting} names the address it listens on`,
});
const nameUnknown: CauseAt = ({ setting }) => ({
  code: 'not_found',
  advice: `see that the host name in ${setting} is right`,
});
const lost: CauseAt = () => ({
  code: 'connection_lost',
  advice: 'see whether the engine was restarted; its log may say more',
});
const forbidden: CauseAt = () => ({
  code: 'permission_denied',
  advice: 'give this user access to the socket',
});

const causes: Readonly<Record<string, CauseAt>> = {
  EACCES: forbidden,
  EPERM: forbidden,
  ENOENT: ({ setting }) => ({
    code: 'not_found',
    advice: `start the engine, mount its socket here, or set ${setting} to where it listens`,
  }),
  ECONNREFUSED: notReachable,
  EHOSTUNREACH: notReachable,
  ENETUNREACH: notReachable,
  ENOTFOUND: nameUnknown,
  EAI_AGAIN: nameUnknown,
  ECONNRESET: lost,
  EPIPE: lost,
  ETIMEDOUT: () => ({ code: 'timeout', advice: 'see that the engine is reachable from here' }),
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
  const { code, advice } = causeOf(thrown, endpoint);
  const better =
    code === 'permission_denied' && endpoint.kind === 'unix'
      ? await socketAdvice(endpoint.socketPath)
      : undefined;
  const message = `${attempt} failed: ${onOneLine(messageOf(thrown))}; ${better ?? advice}`;
  return new TelemetryError(code, message, { cause: thrown });
}

function causeOf(thrown: unknown, endpoint: Endpoint): Cause {
  const ofTls = endpoint.kind === 'tcp' ? tlsCauseOf(thrown, endpoint) : undefined;
  return ofTls ?? causes[systemCodeOf(thrown) ?? '']?.(endpoint) ?? otherwise;
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
export function refusalOf(answer: Answer, attempt: string, endpoint: Endpoint): TelemetryError {
  const { status } = answer;
  const words = wordsOf(answer.body);
  const advice = adviceOn(answer, words, endpoint);
  const message = `${attempt} was answered with HTTP ${status}: ${words}${advice}`;
  return new TelemetryError(isDenial(status) ? 'permission_denied' : 'protocol', message);
}

const isDenial = (status: number): boolean => status === 401 || status === 403;

/** Whether it is what web servers say of an address that they do not know, and no word of an engine, which speaks JSON. */
export function isPage({ body }: Answer): boolean {
  return /^\s*(<|404 page not found)/i.test(body);
}

function adviceOn(answer: Answer, words: string, { setting }: Endpoint): string {
  const { status } = answer;
  if (isDenial(status) || (status === 404 && isPage(answer))) {
    return '; whatever stands before the engine must let this request pass';
  }
  if (status >= 300 && status < 400)
    return `; ${setting} must name the engine itself, not what redirects to it`;
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
