import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WriterCore } from '../core.ts';
import type { WriterLimits } from '../limits.ts';
import type { Admission } from './admission.ts';
import {
  type Answer,
  answerOf,
  type Refusal,
  type RejectedKey,
  refusalAnswer,
  unavailable,
} from './answer.ts';
import { readBody } from './body.ts';
import { compressionOf, encodingOf } from './headers.ts';
import type { TokenCheck } from './token.ts';

export const metricsPath = '/v1/metrics';
export const logsPath = '/v1/logs';

/** Sends an answer to a request. */
export type Send = (request: FastifyRequest, reply: FastifyReply, answer: Answer) => FastifyReply;

export interface OtlpRoutesOptions {
  readonly core: WriterCore;
  readonly limits: WriterLimits;
  readonly admission: Admission;
  readonly checkToken: TokenCheck;
  readonly send: Send;
  /** What is under way when it aborts is answered at once. */
  readonly signal: AbortSignal;
  readonly isClosing: () => boolean;
}

interface OtlpRoute {
  readonly receive: WriterCore['receive'];
  readonly rejectedKey: RejectedKey;
}

/** OTLP/HTTP for metrics and for logs. */
export function addOtlpRoutes(app: FastifyInstance, options: OtlpRoutesOptions): void {
  const { core, send } = options;
  const add = (path: string, route: OtlpRoute): void => {
    app.post(path, async (request, reply) => send(request, reply, await answer(request, route, options)));
  };
  add(metricsPath, {
    receive: (payload, signal) => core.receive(payload, signal),
    rejectedKey: 'rejectedDataPoints',
  });
  add(logsPath, {
    receive: (payload, signal) => core.receiveLogs(payload, signal),
    rejectedKey: 'rejectedLogRecords',
  });
}

async function answer(
  { headers, raw }: FastifyRequest,
  { receive, rejectedKey }: OtlpRoute,
  { limits, admission, checkToken, signal, isClosing }: OtlpRoutesOptions,
): Promise<Answer> {
  const encoding = encodingOf(headers['content-type']);
  const forbidden = checkToken(headers.authorization);
  if (forbidden !== undefined) return refusalAnswer(encoding ?? 'json', forbidden);
  if (encoding === undefined) return refusalAnswer('json', unsupportedType(headers['content-type']));
  const compression = compressionOf(headers['content-encoding']);
  if (compression === undefined) return refusalAnswer(encoding, unsupportedCompression);
  if (isClosing()) return refusalAnswer(encoding, unavailable('the server is closing', limits.retryAfterMs));
  const ticket = admission.enter();
  if (ticket === undefined) return refusalAnswer(encoding, tooMany(limits));
  try {
    const body = await readBody(raw, compression, { ticket, limits, signal });
    if (body.kind === 'refused') return refusalAnswer(encoding, body.refusal);
    return answerOf(encoding, rejectedKey, await receive({ encoding, bytes: body.bytes }, signal));
  } finally {
    ticket.leave();
  }
}

export function unsupportedType(contentType: string | undefined): Refusal {
  const found = contentType === undefined ? 'missing' : JSON.stringify(contentType);
  return {
    status: 415,
    message: `the Content-Type is ${found}: send application/x-protobuf or application/json`,
    headers: { 'accept-post': 'application/x-protobuf, application/json' },
  };
}

const unsupportedCompression: Refusal = {
  status: 415,
  message: 'the Content-Encoding is not supported: send gzip or none',
  headers: { 'accept-encoding': 'gzip, identity' },
};

function tooMany({ maxRequestsInFlight, retryAfterMs }: WriterLimits): Refusal {
  return unavailable(`${maxRequestsInFlight} requests are under way already`, retryAfterMs);
}

const otherSignals: ReadonlyMap<string, string> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1development/profiles', 'profiles'],
]);

/** What to say of a request that no route takes, though there may be some for other methods. */
export function unknownRoute(method: string, path: string, methods: readonly string[]): Refusal {
  const taken = `metrics go to POST ${metricsPath}, events of snapshots to POST ${logsPath}`;
  if (methods.length > 0) {
    const message = `${method} is not possible at ${path}, only ${methods.join(' and ')}: ${taken}`;
    return { status: 405, message, headers: { allow: methods.join(', ') } };
  }
  const signal = otherSignals.get(path);
  const message =
    signal === undefined
      ? `there is nothing at ${method} ${path}: ${taken}`
      : `${signal} are not stored here: ${taken}; switch the sender's export of ${signal} off, or send them elsewhere`;
  return { status: 404, message };
}
