import type { FastifyReply } from 'fastify';
import type { Answer } from './answer.ts';

/** Sends bytes, never a string: to the type of a string the framework adds a charset. */
export function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers })
    .send(body);
}
