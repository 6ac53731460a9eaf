import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, messageOf, TelemetryError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { type ProblemCode, ProblemError } from './problem.ts';

/** How failures below the API look from outside: all of them are ours, not the client's. */
const problemOf: Readonly<Record<ErrorCode, ProblemCode>> = {
  setting_invalid: 'internal',
  address_in_use: 'internal',
  permission_denied: 'internal',
  not_found: 'internal',
  connection_refused: 'unavailable',
  connection_lost: 'unavailable',
  timeout: 'unavailable',
  protocol: 'internal',
  tls: 'internal',
  database_unavailable: 'unavailable',
  database_schema: 'unavailable',
  state_unusable: 'internal',
  internal: 'internal',
};

/** Fastify's own refusals by their HTTP status; what it says of them is fit for clients. */
const refusalOf: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid_request',
  413: 'payload_too_large',
  414: 'invalid_request',
  415: 'unsupported_media_type',
  503: 'unavailable',
};

/** What an AbortSignal rejects with: a deadline has passed, or the client is gone. */
const abortNames: readonly string[] = ['TimeoutError', 'AbortError'];

/** Turns whatever a request failed with into its one answer, and logs what is not the client's doing. */
export function errorAnswer(logger: Logger) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(thrown);
    if (problem.code === 'internal' || problem.code === 'unavailable') {
      const cause = problem.cause ?? problem;
      logger[problem.code === 'internal' ? 'error' : 'warn']('request failed', {
        requestId: request.id,
        method: request.method,
        url: request.url,
        error: messageOf(cause),
        ...(problem.code === 'internal' && cause instanceof Error ? { stack: cause.stack } : {}),
      });
    }
    return reply
      .code(problem.statusCode)
      .headers(problem.headers)
      .type('application/problem+json')
      .send(Buffer.from(JSON.stringify(problem.toBody(request.id))));
  };
}

function toProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  if (thrown instanceof TelemetryError) return hidden(problemOf[thrown.code], thrown);
  if (thrown instanceof Error && abortNames.includes(thrown.name)) return hidden('unavailable', thrown);
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  const refusal = typeof status === 'number' ? refusalOf[status] : undefined;
  if (refusal === undefined) return hidden('internal', thrown);
  return new ProblemError(refusal, messageOf(thrown));
}

function hidden(code: ProblemCode, cause: unknown): ProblemError {
  return code === 'unavailable'
    ? new ProblemError(
        code,
        'what this request needs does not answer at the moment: try again; the log says more',
        {
          headers: { 'retry-after': '5' },
          cause,
        },
      )
    : new ProblemError(code, 'the request failed; the log says why under this request id', { cause });
}
