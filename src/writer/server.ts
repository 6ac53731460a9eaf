import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { WriterCore } from './core.ts';
import { type Refusal, refusalAnswer } from './http/answer.ts';
import { encodingOf } from './http/headers.ts';
import { addHealthRoutes, type Ready } from './http/health-routes.ts';
import { addMetricsRoute, metricsPath, unsupportedType } from './http/metrics-route.ts';
import { sendAnswer } from './http/send-answer.ts';
import { defaultWriterLimits, type WriterLimits } from './limits.ts';

export interface WriterServerOptions {
  readonly core: WriterCore;
  readonly ready: Ready;
  readonly logger: Logger;
  readonly limits?: Partial<WriterLimits>;
}

/**
 * An OTLP/HTTP server: `POST /v1/metrics`, `/healthz` and `/readyz`. It does not listen yet. Closing it finishes what is under way, for
 * `closeGraceMs` at most, and answers 503 to what comes after.
 */
export function createWriterServer({
  core,
  ready,
  logger,
  limits: given,
}: WriterServerOptions): FastifyInstance {
  const limits = { ...defaultWriterLimits, ...given };
  const app = createApp(limits, logger);
  const closing = closingOf(app, limits.closeGraceMs);
  // Bodies are read by the route, within its own limits.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((request, reply) => refuse(request, reply, unknownRoute(request)));
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    refuse(request, reply, refusalOf(error, request, logger)),
  );
  addMetricsRoute(app, { core, limits, ...closing });
  addHealthRoutes(app, ready, closing.isClosing);
  return app;
}

function createApp({ bodyTimeoutMs, maxHeaderBytes }: WriterLimits, logger: Logger): FastifyInstance {
  return Fastify({
    // Such as a path that is none: it never comes to the routes.
    frameworkErrors: (error, request, reply) => refuse(request, reply, refusalOf(error, request, logger)),
    // The route's own limit comes first and answers in words; these close a connection that says nothing.
    requestTimeout: bodyTimeoutMs + 10_000,
    http: { maxHeaderSize: maxHeaderBytes, headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    return503OnClosing: false,
  });
}

interface Closing {
  readonly isClosing: () => boolean;
  readonly signal: AbortSignal;
}

function closingOf(app: FastifyInstance, graceMs: number): Closing {
  const controller = new AbortController();
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    AbortSignal.timeout(graceMs).addEventListener('abort', () => controller.abort());
  });
  app.addHook('onSend', async (_request, reply) => {
    // A connection that is kept alive would keep the server from closing.
    if (isClosing) reply.header('connection', 'close');
  });
  return { isClosing: () => isClosing, signal: controller.signal };
}

/** Answers in the request's encoding, or in JSON when it has none of ours. */
function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const encoding = encodingOf(request.headers['content-type']) ?? 'json';
  return sendAnswer(reply, refusalAnswer(encoding, refusal));
}

function unknownRoute({ method, url }: FastifyRequest): Refusal {
  if (url.split('?', 1)[0] === metricsPath)
    return { status: 405, message: `${method} is not possible here: use POST`, headers: { allow: 'POST' } };
  return { status: 404, message: `there is nothing at ${method} ${url}: metrics go to POST ${metricsPath}` };
}

function refusalOf(error: FastifyError, { headers }: FastifyRequest, logger: Logger): Refusal {
  const { statusCode = 500 } = error;
  if (statusCode === 415) return unsupportedType(headers['content-type']);
  if (statusCode >= 400 && statusCode < 500) return { status: 400, message: messageOf(error) };
  logger.error('a request failed by a fault of the writer', { error: error.stack ?? messageOf(error) });
  return { status: 500, message: 'the writer failed; its log says how' };
}
