import { messageOf } from '../../runtime/errors.ts';
import { DecodeFailure } from './decode-failure.ts';
import { elementCost, itemCost } from './item-cost.ts';
import { isObject, type JsonObject, LargeNumberFound } from './json-fields.ts';

/** Reads the request that a JSON body is; `maxItems` bounds its objects, arrays and values. */
export function readJsonBody<Request>(
  bytes: Uint8Array,
  maxItems: number,
  requestOf: (body: JsonObject) => Request,
): Request {
  checkItems(bytes, maxItems);
  const text = new TextDecoder().decode(bytes);
  try {
    return requestOf(parseObject(text));
  } catch (thrown) {
    if (!(thrown instanceof LargeNumberFound)) throw thrown;
    return requestOf(parseObject(text, keepLargeIntegers));
  }
}

/** By byte: what opens an object or an array, and what stands before most values. */
const costOfByte = new Uint8Array(256);
costOfByte['{'.charCodeAt(0)] = itemCost;
costOfByte['['.charCodeAt(0)] = itemCost;
costOfByte[','.charCodeAt(0)] = elementCost;

/** Counts before parsing, for the parser itself knows no limit. What stands in texts counts too. */
function checkItems(bytes: Uint8Array, maxItems: number): void {
  if (bytes.length <= maxItems) return;
  let cost = 0;
  // Not for … of, which takes ten times as long over bytes.
  for (let index = 0; index < bytes.length; index++) cost += costOfByte[bytes[index] ?? 0] ?? 0;
  if (cost <= maxItems * itemCost) return;
  const message = `the request holds more than ${maxItems} objects and arrays, or very many values`;
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
