import type { ReceiveOutcome } from '../core.ts';
import { messageField, textField, varintField } from './proto-writer.ts';
import { type Encoding, type RpcCode, rpcCodes, statusBody } from './status-body.ts';

/** An HTTP answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Why a request is not taken: clients try again after a 503, and give up after any other. */
export interface Refusal {
  readonly status: 400 | 404 | 405 | 413 | 415 | 500 | 503;
  readonly message: string;
  readonly at?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const contentTypes = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

const rpcCodeOf: Readonly<Record<Refusal['status'], RpcCode>> = {
  400: rpcCodes.invalidArgument,
  404: rpcCodes.notFound,
  405: rpcCodes.unimplemented,
  413: rpcCodes.resourceExhausted,
  415: rpcCodes.invalidArgument,
  500: rpcCodes.internal,
  503: rpcCodes.unavailable,
};

export function refusalAnswer(encoding: Encoding, { status, message, at, headers }: Refusal): Answer {
  const code = rpcCodeOf[status];
  return {
    status,
    headers: { ...headers, 'content-type': contentTypes[encoding] },
    body: statusBody(encoding, at === undefined ? { code, message } : { code, message, at }),
  };
}

/** A 503 that says when to come back, in 1 to 5 seconds: clients give up on more than is left of their 10. */
export function unavailable(message: string, retryAfterMs: number): Refusal {
  const seconds = Math.min(5, Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return { status: 503, message, headers: { 'retry-after': String(seconds) } };
}

export function answerOf(encoding: Encoding, outcome: ReceiveOutcome): Answer {
  switch (outcome.kind) {
    case 'stored':
      return storedAnswer(encoding, outcome);
    case 'undecodable':
      return refusalAnswer(encoding, { status: 400, message: outcome.message, at: outcome.at });
    case 'too_large':
      return refusalAnswer(encoding, { status: 413, message: outcome.message });
    case 'unavailable':
      return refusalAnswer(encoding, unavailable(outcome.message, outcome.retryAfterMs));
  }
}

/** An `ExportMetricsServiceResponse`: empty, or with a partial success that says what was rejected or odd. */
function storedAnswer(
  encoding: Encoding,
  {
    rejectedPoints,
    message,
  }: Pick<ReceiveOutcome & { readonly kind: 'stored' }, 'rejectedPoints' | 'message'>,
): Answer {
  const headers = { 'content-type': contentTypes[encoding] };
  if (encoding === 'json') {
    const partialSuccess = { rejectedDataPoints: String(rejectedPoints), errorMessage: message };
    return {
      status: 200,
      headers,
      body: Buffer.from(JSON.stringify(message === undefined ? {} : { partialSuccess })),
    };
  }
  if (message === undefined) return { status: 200, headers, body: new Uint8Array() };
  const rejected = rejectedPoints === 0 ? [] : [varintField(1, rejectedPoints)];
  return { status: 200, headers, body: messageField(1, ...rejected, textField(2, message)) };
}
