import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { WriterCore } from './core.ts';
import { Admission } from './http/admission.ts';
import { type Refusal, refusalAnswer } from './http/answer.ts';
import { AnswerBook } from './http/answer-book.ts';
import { answerClientError } from './http/client-error.ts';
import { encodingOf } from './http/headers.ts';
import { addHealthRoutes, type Ready } from './http/health-routes.ts';
import { addMetricsRoute, type RenderMetrics } from './http/metrics-route.ts';
import { addOtlpRoutes, unknownRoute, unsupportedType } from './http/otlp-routes.ts';
import { sendAnswer } from './http/send-answer.ts';
import { tokenCheck } from './http/token.ts';
import { defaultWriterLimits, type WriterLimits } from './limits.ts';

export interface WriterServerOptions {
  readonly core: WriterCore;
  readonly ready: Ready;
  readonly logger: Logger;
  readonly limits?: Partial<WriterLimits>;
  /** What senders must show; without it everybody may send. */
  readonly token?: string | undefined;
  /** What `GET /metrics` shows; without it there is none. */
  readonly renderMetrics?: RenderMetrics | undefined;
  /** Where answers are counted. */
  readonly answers?: AnswerBook;
  /** What bounds the requests under way; made of the limits when not given. */
  readonly admission?: Admission;
}

/**
 * An OTLP/HTTP server, with `/metrics`, `/healthz` and `/readyz` of its own. It does not listen yet. Closing it finishes what is under
 * way, for `closeGraceMs` at most, and answers 503 to what comes after.
 */
export function createWriterServer(options: WriterServerOptions): FastifyInstance {
  const { core, ready, logger, token, renderMetrics, answers = new AnswerBook() } = options;
  const limits = { ...defaultWriterLimits, ...options.limits };
  const { admission = new Admission(limits) } = options;
  const app = createApp(limits, logger);
  const closing = closingOf(app, limits.closeGraceMs);
  // Bodies are read by the route, within its own limits.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, unknownRoute(request.method, request.url)),
  );
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    refuse(request, reply, refusalOf(error, request, logger)),
  );
  countAnswers(app, answers);
  addOtlpRoutes(app, { core, limits, admission, checkToken: tokenCheck(token), ...closing });
  if (renderMetrics !== undefined) addMetricsRoute(app, renderMetrics);
  addHealthRoutes(app, ready, closing.isClosing);
  return app;
}

function createApp(
  { bodyTimeoutMs, maxHeaderBytes, retryAfterMs }: WriterLimits,
  logger: Logger,
): FastifyInstance {
  return Fastify({
    // Such as a path that is none: it never comes to the routes.
    frameworkErrors: (error, request, reply) => refuse(request, reply, refusalOf(error, request, logger)),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, retryAfterMs),
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
    AbortSignal.timeout(graceMs).addEventListener('abort', () =>
      controller.abort(new Error('the server is closing')),
    );
  });
  app.addHook('onSend', async (_request, reply) => {
    // A connection that is kept alive would keep the server from closing.
    if (isClosing) reply.header('connection', 'close');
  });
  return { isClosing: () => isClosing, signal: controller.signal };
}

/** Probes and scrapes are no requests of senders. */
const ownPaths: ReadonlySet<string | undefined> = new Set(['/metrics', '/healthz', '/readyz']);

function countAnswers(app: FastifyInstance, answers: AnswerBook): void {
  app.addHook('onRequest', async ({ routeOptions }, { raw }) => {
    if (ownPaths.has(routeOptions.url)) return;
    raw.once('close', () => {
      if (!raw.writableFinished) answers.leftUnanswered();
    });
  });
  app.addHook('onResponse', async ({ routeOptions }, reply) => {
    if (ownPaths.has(routeOptions.url) || !reply.raw.writableFinished) return;
    answers.answered(reply.statusCode, reply.elapsedTime / 1000);
  });
}

/** Answers in the request's encoding, or in JSON when it has none of ours. */
function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const encoding = encodingOf(request.headers['content-type']) ?? 'json';
  return sendAnswer(request, reply, refusalAnswer(encoding, refusal));
}

function refusalOf(error: FastifyError, { headers }: FastifyRequest, logger: Logger): Refusal {
  const { statusCode = 500 } = error;
  if (statusCode === 415) return unsupportedType(headers['content-type']);
  if (statusCode >= 400 && statusCode < 500) return { status: 400, message: messageOf(error) };
  logger.error('a request failed by a fault of the writer', { error: error.stack ?? messageOf(error) });
  return { status: 500, message: 'the writer failed; its log says how' };
}
