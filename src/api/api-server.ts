import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from '../runtime/logger.ts';
import { errorAnswer } from './error-answer.ts';
import { parameterCompiler } from './parameters.ts';

export type ApiServer = ReturnType<typeof buildServer>;

/** No handler takes longer: the longest wait that a client may ask for, and some. */
const handlerTimeoutMs = 40_000;

/** A Fastify instance that validates and answers by zod schemas and speaks problem+json. */
export function buildServer(logger: Logger) {
  const answerError = errorAnswer(logger);
  const app = Fastify({
    bodyLimit: 1024,
    requestTimeout: 10_000,
    handlerTimeout: handlerTimeoutMs,
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(parameterCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.addHook('onRequest', async (_, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
  return app;
}
