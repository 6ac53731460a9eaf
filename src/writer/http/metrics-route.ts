import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WriterCore } from '../core.ts';
import type { WriterLimits } from '../limits.ts';
import { Admission } from './admission.ts';
import { type Answer, answerOf, type Refusal, refusalAnswer, unavailable } from './answer.ts';
import { readBody } from './body.ts';
import { compressionOf, encodingOf } from './headers.ts';
import { sendAnswer } from './send-answer.ts';

export const metricsPath = '/v1/metrics';

export interface MetricsRouteOptions {
  readonly core: WriterCore;
  readonly limits: WriterLimits;
  /** What is under way when it aborts is answered at once. */
  readonly signal: AbortSignal;
  readonly isClosing: () => boolean;
}

/** OTLP/HTTP for metrics. */
export function addMetricsRoute(app: FastifyInstance, options: MetricsRouteOptions): void {
  const admission = new Admission(options.limits);
  app.post(metricsPath, async (request, reply) =>
    sendAnswer(reply, await answer(request, admission, options)),
  );
}

async function answer(
  { headers, raw }: FastifyRequest,
  admission: Admission,
  { core, limits, signal, isClosing }: MetricsRouteOptions,
): Promise<Answer> {
  const encoding = encodingOf(headers['content-type']);
  if (encoding === undefined) return refusalAnswer('json', unsupportedType(headers['content-type']));
  const compression = compressionOf(headers['content-encoding']);
  if (compression === undefined) return refusalAnswer(encoding, unsupportedCompression);
  if (isClosing()) return refusalAnswer(encoding, unavailable('the server is closing', limits.retryAfterMs));
  const ticket = admission.enter();
  if (ticket === undefined) return refusalAnswer(encoding, tooMany(limits));
  try {
    const body = await readBody(raw, compression, { ticket, limits, signal });
    if (body.kind === 'refused') return refusalAnswer(encoding, body.refusal);
    return answerOf(encoding, await core.receive({ encoding, bytes: body.bytes }, signal));
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
