import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptsGzip } from '../../export/prometheus/accept.ts';
import type { Answer } from './answer.ts';

/** Below this an answer fits into one packet as it is. */
const worthCompressing = 1_000;

/** Sends bytes, never a string: to the type of a string the framework adds a charset. */
export function sendAnswer(
  { headers: asked }: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body }: Answer,
): FastifyReply {
  const compress = body.length >= worthCompressing && acceptsGzip(asked['accept-encoding']);
  return reply
    .code(status)
    .headers({ ...headers, ...(compress ? { 'content-encoding': 'gzip' } : {}) })
    .send(compress ? gzipSync(body) : body);
}
