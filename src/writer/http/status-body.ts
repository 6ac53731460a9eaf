import type { Payload } from '../../export/sender.ts';
import { messageField, textField, varintField } from './proto-writer.ts';

export type Encoding = Payload['encoding'];

/** Codes of `google.rpc.Status`. */
export const rpcCodes = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export type RpcCode = (typeof rpcCodes)[keyof typeof rpcCodes];

/** An error as OTLP tells it. */
export interface RpcStatus {
  readonly code: RpcCode;
  /** For developers, in English. */
  readonly message: string;
  /** Where in the body the fault is, when it is in the body. */
  readonly at?: string;
}

const badRequestType = 'type.googleapis.com/google.rpc.BadRequest';

/** A `google.rpc.Status`, with a `BadRequest` in its details when the fault is in the body. */
export function statusBody(encoding: Encoding, { code, message, at }: RpcStatus): Uint8Array {
  if (encoding === 'json') {
    const fieldViolations = [{ field: at, description: message }];
    const details = at === undefined ? {} : { details: [{ '@type': badRequestType, fieldViolations }] };
    return Buffer.from(JSON.stringify({ code, message, ...details }));
  }
  const fields = [varintField(1, code), textField(2, message)];
  if (at === undefined) return Buffer.concat(fields);
  const badRequest = messageField(1, textField(1, at), textField(2, message));
  return Buffer.concat([
    ...fields,
    messageField(3, textField(1, badRequestType), messageField(2, badRequest)),
  ]);
}
