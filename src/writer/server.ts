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
import { addOtlpRoutes, type Send, unknownRoute, unsupportedType } from './http/otlp-routes.ts';
import { RefusalLog } from './http/refusal-log.ts';
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
  const refusals = new RefusalLog(logger);
  const send: Send = (request, reply, answer) => {
    refusals.note(answer, request);
    return sendAnswer(request, reply, answer);
  };
  const app = createApp({ limits, logger, send, refusals, answers });
  const closing = closingOf(app, limits.closeGraceMs);
  countAnswers(app, answers);
  addOtlpRoutes(app, { core, limits, admission, checkToken: tokenCheck(token), send, ...closing });
  if (renderMetrics !== undefined) addMetricsRoute(app, renderMetrics);
  addHealthRoutes(app, ready, closing.isClosing);
  return app;
}

interface AppParts {
  readonly limits: WriterLimits;
  readonly logger: Logger;
  readonly send: Send;
  readonly refusals: RefusalLog;
  readonly answers: AnswerBook;
}

/** A server without routes, whose every refusal is a `Status`. */
function createApp({ limits, logger, send, refusals, answers }: AppParts): FastifyInstance {
  const { bodyTimeoutMs, maxHeaderBytes, retryAfterMs } = limits;
  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply =>
    send(request, reply, refusalAnswer(encodingOf(request.headers['content-type']) ?? 'json', refusal));
  const fail = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    refuse(request, reply, refusalOf(error, request, logger));
  const app = Fastify({
    // Such as a path that is none: it never comes to the routes.
    frameworkErrors: fail,
    clientErrorHandler: (error, socket) => {
      const said = answerClientError(error, socket, retryAfterMs);
      if (said === undefined) return;
      answers.broke(socket);
      refusals.noteBroken(said, socket.remoteAddress);
    },
    // The route's own limit comes first and answers in words; these close a connection that says nothing.
    requestTimeout: bodyTimeoutMs + 10_000,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 10_000,
      connectionsCheckingInterval: 2_000,
      requireHostHeader: false,
    },
    return503OnClosing: false,
  });
  // Bodies are read by the route, within its own limits.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setErrorHandler(fail);
  app.setNotFoundHandler((request, reply) => refuse(request, reply, withoutRoute(app, request)));
  // Node would answer these without a word.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', async (request, reply) => {
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined)
      return refuse(request, reply, { status: 400, message: 'the request has no header Host' });
  });
  return app;
}

function withoutRoute(app: FastifyInstance, { method, url }: FastifyRequest): Refusal {
  const [path = ''] = url.split('?', 1);
  const methods = ['GET', 'HEAD', 'POST'].filter((other) => app.hasRoute({ method: other, url: path }));
  return unknownRoute(method, path, methods);
}

interface Closing {
  readonly isClosing: () => boolean;
  readonly signal: AbortSignal;
}

/** Time for answers to leave once the grace is over. */
const lastAnswersMs = 250;

function closingOf(app: FastifyInstance, graceMs: number): Closing {
  const controller = new AbortController();
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    AbortSignal.timeout(graceMs).addEventListener('abort', () => {
      controller.abort(new Error('the server is closing'));
      // What is under way is answered now; whoever still sends, headers or a body that was refused, would keep the server from closing.
      setTimeout(() => app.server.closeAllConnections(), lastAnswersMs).unref();
    });
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
  app.addHook('onRequest', async ({ routeOptions, socket }, { raw }) => {
    if (ownPaths.has(routeOptions.url)) return;
    raw.once('close', () => {
      if (!raw.writableFinished) answers.leftUnanswered(socket);
    });
  });
  app.addHook('onResponse', async ({ routeOptions }, reply) => {
    if (ownPaths.has(routeOptions.url) || !reply.raw.writableFinished) return;
    answers.answered(reply.statusCode, reply.elapsedTime / 1000);
  });
}

function refusalOf(error: FastifyError, { headers }: FastifyRequest, logger: Logger): Refusal {
  const { statusCode = 500 } = error;
  if (statusCode === 415) return unsupportedType(headers['content-type']);
  if (statusCode >= 400 && statusCode < 500) return { status: 400, message: messageOf(error) };
  logger.error('a request failed by a fault of the writer', { error: error.stack ?? messageOf(error) });
  return { status: 500, message: 'the writer failed; its log says how' };
}
