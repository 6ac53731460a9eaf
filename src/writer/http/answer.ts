import type { ReceiveOutcome, Stored } from '../receive-outcome.ts';
import { messageField, textField, varintField } from './proto-writer.ts';
import { type Encoding, type RpcCode, rpcCodes, statusBody } from './status-body.ts';

/** An HTTP answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Why the request is not taken, if it is not. */
  readonly reason?: string;
}

/** Why a request is not taken: clients try again after a 503, and give up after any other. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 431 | 500 | 503;
  readonly message: string;
  readonly at?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const contentTypes = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

const rpcCodeOf: Readonly<Record<Refusal['status'], RpcCode>> = {
  400: rpcCodes.invalidArgument,
  401: rpcCodes.unauthenticated,
  403: rpcCodes.permissionDenied,
  404: rpcCodes.notFound,
  405: rpcCodes.unimplemented,
  413: rpcCodes.resourceExhausted,
  415: rpcCodes.invalidArgument,
  431: rpcCodes.resourceExhausted,
  500: rpcCodes.internal,
  503: rpcCodes.unavailable,
};

/** Longest message, in characters: clients read no more than 4 MiB of an answer, and people less. */
const longestMessage = 10_000;

export function refusalAnswer(encoding: Encoding, refusal: Refusal): Answer {
  const { status, at, headers } = refusal;
  const code = rpcCodeOf[status];
  const message = shortened(refusal.message);
  return {
    status,
    headers: { ...headers, 'content-type': contentTypes[encoding] },
    body: statusBody(encoding, at === undefined ? { code, message } : { code, message, at: shortened(at) }),
    reason: message,
  };
}

function shortened(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage).toWellFormed()}…`;
}

/** A 503 that says when to come back, in 1 to 5 seconds: clients give up on more than is left of their 10. */
export function unavailable(message: string, retryAfterMs: number): Refusal {
  const seconds = Math.min(5, Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return { status: 503, message, headers: { 'retry-after': String(seconds) } };
}

/** What the answer's JSON calls the count of what was rejected. */
export type RejectedKey = 'rejectedDataPoints' | 'rejectedLogRecords';

export function answerOf(encoding: Encoding, rejectedKey: RejectedKey, outcome: ReceiveOutcome): Answer {
  switch (outcome.kind) {
    case 'stored':
      return storedAnswer(encoding, rejectedKey, outcome);
    case 'undecodable':
      return refusalAnswer(encoding, { status: 400, message: outcome.message, at: outcome.at });
    case 'too_large':
      return refusalAnswer(encoding, { status: 413, message: outcome.message });
    case 'unavailable':
      return refusalAnswer(encoding, unavailable(outcome.message, outcome.retryAfterMs));
  }
}

/** An export response: empty, or with a partial success that says what was rejected or odd. */
function storedAnswer(
  encoding: Encoding,
  rejectedKey: RejectedKey,
  { rejected, message: whole }: Stored,
): Answer {
  const headers = { 'content-type': contentTypes[encoding] };
  const message = whole === undefined ? undefined : shortened(whole);
  if (encoding === 'json') {
    const partialSuccess = { [rejectedKey]: String(rejected), errorMessage: message };
    return {
      status: 200,
      headers,
      body: Buffer.from(JSON.stringify(message === undefined ? {} : { partialSuccess })),
    };
  }
  if (message === undefined) return { status: 200, headers, body: new Uint8Array() };
  const count = rejected === 0 ? [] : [varintField(1, rejected)];
  return { status: 200, headers, body: messageField(1, ...count, textField(2, message)) };
}
