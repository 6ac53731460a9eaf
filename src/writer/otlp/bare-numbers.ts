import { endOfText } from './large-integers.ts';

const tokens = ['-Infinity', 'Infinity', 'NaN'].map((token) => Buffer.from(token));
/** What one begins with; most bytes are none of these. */
const beginsToken = new Uint8Array(256);
for (const [first = 0] of tokens) beginsToken[first] = 1;
const quote = 0x22;

/**
 * Puts quotes around `NaN` and infinities that stand as they are in what would be JSON without them, as Python and some writers of JSON in
 * Java leave them: one of them would cost a whole request. Undefined where there is none.
 */
export function quoteBareNumbers(json: Uint8Array): Uint8Array | undefined {
  const first = firstToken(json);
  if (first === undefined) return undefined;
  // The shortest token has three bytes.
  const quoted = new Uint8Array(json.length + 2 * Math.ceil((json.length - first) / 3));
  quoted.set(json.subarray(0, first));
  let to = first;
  for (let index = first; index < json.length; ) {
    const length = tokenLength(json, index);
    const end = length > 0 ? index + length : endOfOther(json, index);
    if (length > 0) quoted[to++] = quote;
    for (; index < end; index += 1) quoted[to++] = json[index] ?? 0;
    if (length > 0) quoted[to++] = quote;
  }
  return quoted.subarray(0, to);
}

function firstToken(json: Uint8Array): number | undefined {
  for (let index = 0; index < json.length; index = endOfOther(json, index))
    if (tokenLength(json, index) > 0) return index;
  return undefined;
}

/** Where a text ends, or one byte of anything else. */
function endOfOther(json: Uint8Array, index: number): number {
  return json[index] === quote ? Math.min(endOfText(json, index), json.length) : index + 1;
}

function tokenLength(json: Uint8Array, index: number): number {
  if (beginsToken[json[index] ?? 0] === 0) return 0;
  for (const token of tokens) if (isAt(json, index, token)) return token.length;
  return 0;
}

function isAt(json: Uint8Array, index: number, token: Uint8Array): boolean {
  for (let place = 0; place < token.length; place += 1)
    if (json[index + place] !== token[place]) return false;
  return true;
}
