import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

/** Why a request was not served, as a closed list, with the HTTP status of each. */
const statuses = {
  invalid_request: 400,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  unsupported_media_type: 415,
  misdirected_request: 421,
  too_many_requests: 429,
  internal: 500,
  not_ready: 503,
  no_snapshot: 503,
  no_history: 503,
  unavailable: 503,
} as const;

export type ProblemCode = keyof typeof statuses;

const parameterErrorSchema = z.object({
  parameter: z.string(),
  value: z.string().optional(),
  message: z.string(),
  accepted: z.string().optional(),
});

/** What is wrong with one parameter: its name, the value that came, and what is accepted instead. */
export type ParameterError = Readonly<z.infer<typeof parameterErrorSchema>>;

export const readinessCheckSchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  reason: z.string().optional(),
});

/** The body of every error answer: RFC 9457, `application/problem+json`. */
export const problemSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string().describe('The HTTP status in words.'),
  status: z.int(),
  detail: z.string().describe('What is wrong and what to do about it, for people.'),
  code: z.enum(Object.keys(statuses)).describe('What is wrong, for programs.'),
  requestId: z.string().describe('Names this request in the log.'),
  errors: z
    .array(parameterErrorSchema)
    .optional()
    .describe('Of a bad request: each parameter that is wrong.'),
  checks: z
    .array(readinessCheckSchema)
    .optional()
    .describe('Of a service that is not ready: what it waits for.'),
});

type Problem = z.infer<typeof problemSchema>;

interface ProblemDetails extends Partial<Pick<Problem, 'errors' | 'checks'>> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Ends a request with an error answer. The cause goes to the log, never to the client. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #extensions: Partial<Pick<Problem, 'errors' | 'checks'>>;

  constructor(code: ProblemCode, detail: string, details: ProblemDetails = {}) {
    const { headers = {}, cause, ...extensions } = details;
    super(detail, cause === undefined ? {} : { cause });
    this.name = 'ProblemError';
    this.code = code;
    this.statusCode = statuses[code];
    this.headers = headers;
    this.#extensions = extensions;
  }

  toBody(requestId: string): Problem {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.statusCode] ?? 'Error',
      status: this.statusCode,
      detail: this.message,
      code: this.code,
      requestId,
      ...this.#extensions,
    };
  }
}

/** A 400 that names every wrong parameter. */
export function badParameters(errors: readonly ParameterError[]): ProblemError {
  const sentences = errors.map(({ parameter, value, message, accepted }) => {
    const subject = value === undefined ? parameter : `${parameter}=${value}`;
    return `${subject}: ${message}${accepted === undefined ? '' : `; accepted: ${accepted}`}`;
  });
  return new ProblemError('invalid_request', sentences.join('. '), { errors: [...errors] });
}
