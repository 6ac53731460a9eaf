import { messageOf } from '../../runtime/errors.ts';
import type { Steps } from '../../runtime/steps.ts';
import { quoteBareNumbers } from './bare-numbers.ts';
import { DecodeFailure } from './decode-failure.ts';
import { elementCost, itemCost } from './item-cost.ts';
import { isObject, type JsonObject, LargeNumberFound } from './json-fields.ts';
import { quoteLargeIntegers } from './large-integers.ts';

/** Parsing more takes tens of milliseconds, and so does what comes after it. */
const bytesPerStep = 4 * 2 ** 20;

/** Reads the request that a JSON body is; `maxItems` bounds its objects, arrays and values. */
export function* readJsonBody<Request>(
  bytes: Uint8Array,
  maxItems: number,
  requestOf: (body: JsonObject) => Request,
): Steps<Request> {
  const isLarge = bytes.length > bytesPerStep;
  // What is parsed takes much more memory than the body: where it has to wait for its turn, it does so before.
  if (isLarge) yield;
  checkItems(bytes, maxItems);
  const body = parseObject(bytes);
  if (isLarge) yield;
  try {
    return requestOf(body);
  } catch (thrown) {
    if (!(thrown instanceof LargeNumberFound)) throw thrown;
    return requestOf(parseObject(quoteLargeIntegers(bytes)));
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

function parseObject(bytes: Uint8Array): JsonObject {
  const body = parse(bytes);
  if (!isObject(body)) throw new DecodeFailure('body', 'the body is no JSON object');
  return body;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(bytes));
  } catch (thrown) {
    const failure = new DecodeFailure('body', `the body is no JSON: ${messageOf(thrown)}`);
    const mended = quoteBareNumbers(bytes);
    if (mended === undefined) throw failure;
    try {
      return JSON.parse(textOf(mended));
    } catch {
      throw failure;
    }
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
