import type { Payload } from '../../export/sender.ts';
import { messageOf } from '../../runtime/errors.ts';
import { DecodeFailure, type DecodeFailureKind } from './decode-failure.ts';
import { isObject, type JsonObject, LargeNumberFound } from './json-fields.ts';
import { metricsRequestOf } from './json-metrics.ts';
import type { MetricsRequest } from './model.ts';
import { readMetricsRequest } from './proto-metrics.ts';

export type DecodeOutcome =
  | { readonly kind: 'decoded'; readonly request: MetricsRequest }
  | {
      readonly kind: DecodeFailureKind;
      readonly message: string;
      /** Where in the body: the name of a field, or an offset in bytes. */
      readonly at: string;
    };

/**
 * Reads an `ExportMetricsServiceRequest`. `maxItems` bounds what a small body may become in memory: messages in protobuf, objects and
 * arrays in JSON.
 */
export function decodeMetrics({ encoding, bytes }: Payload, maxItems: number): DecodeOutcome {
  try {
    const request = encoding === 'protobuf' ? readMetricsRequest(bytes, maxItems) : readJson(bytes, maxItems);
    return { kind: 'decoded', request };
  } catch (thrown) {
    if (!(thrown instanceof DecodeFailure)) throw thrown;
    return { kind: thrown.kind, message: thrown.message, at: thrown.at };
  }
}

function readJson(bytes: Uint8Array, maxItems: number): MetricsRequest {
  checkItems(bytes, maxItems);
  const text = new TextDecoder().decode(bytes);
  try {
    return metricsRequestOf(parseObject(text));
  } catch (thrown) {
    if (!(thrown instanceof LargeNumberFound)) throw thrown;
    return metricsRequestOf(parseObject(text, keepLargeIntegers));
  }
}

const openBrace = 0x7b;
const openBracket = 0x5b;

/** Counts before parsing, for the parser itself knows no limit. Braces in texts count too. */
function checkItems(bytes: Uint8Array, maxItems: number): void {
  if (bytes.length <= maxItems) return;
  let items = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === openBrace || byte === openBracket) items += 1;
  }
  if (items <= maxItems) return;
  const message = `the request holds more than ${maxItems} objects and arrays`;
  throw new DecodeFailure('body', message, 'too_large');
}

type Reviver = (key: string, value: unknown, ...context: readonly unknown[]) => unknown;

function parseObject(text: string, reviver?: Reviver): JsonObject {
  const body = parse(text, reviver);
  if (!isObject(body)) throw new DecodeFailure('body', 'the body is no JSON object');
  return body;
}

function parse(text: string, reviver?: Reviver): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (thrown) {
    throw new DecodeFailure('body', `the body is no JSON: ${messageOf(thrown)}`);
  }
}

const integerSource = /^-?\d{1,20}$/;

/** The third argument of a reviver is the number as it was written. */
const keepLargeIntegers: Reviver = (_key, value, context) => {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = isObject(context) ? context.source : undefined;
  return typeof source === 'string' && integerSource.test(source) ? BigInt(source) : value;
};
