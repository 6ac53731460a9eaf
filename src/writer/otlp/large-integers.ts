/** Fewer digits are exact in a double whichever they are; with more it is no 64-bit integer. */
const minDigits = 16;
const maxDigits = 20;

const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
/** The shortest is `1e16`. */
const shortest = 4;
const inOtherForms = new Uint8Array(256);
for (const character of '.eE') inOtherForms[character.charCodeAt(0)] = 1;

/** What numbers are made of. */
const inNumber = new Uint8Array(256);
for (const character of '0123456789-+.eE') inNumber[character.charCodeAt(0)] = 1;

/**
 * Puts quotes around the integers in valid JSON that a double may not hold, so that parsing loses no digit, however they are written.
 * Where text is due, they are then taken for text.
 */
export function quoteLargeIntegers(json: Uint8Array): Uint8Array {
  const marks = endsOfLargeIntegers(json);
  const quoted = new Uint8Array(json.length + marks.length);
  let from = 0;
  for (const [inserted, mark] of marks.entries()) {
    quoted.set(json.subarray(from, mark), from + inserted);
    quoted[mark + inserted] = quote;
    from = mark;
  }
  quoted.set(json.subarray(from), from + marks.length);
  return quoted;
}

/** Where each begins and where it ends, by turns. */
function endsOfLargeIntegers(json: Uint8Array): readonly number[] {
  const marks: number[] = [];
  for (let index = 0; index < json.length; ) {
    const byte = json[index] ?? 0;
    if (byte === quote) index = endOfText(json, index);
    else if (inNumber[byte] === 0) index += 1;
    else {
      const end = endOfNumber(json, index);
      if (isLargeInteger(json, index, end)) marks.push(index, end);
      index = end;
    }
  }
  return marks;
}

/** Where a text ends, behind its last quote, that begins with one at `start`. */
export function endOfText(json: Uint8Array, start: number): number {
  let index = start + 1;
  for (; index < json.length && json[index] !== quote; index++) if (json[index] === backslash) index += 1;
  return index + 1;
}

function endOfNumber(json: Uint8Array, start: number): number {
  let end = start + 1;
  while (inNumber[json[end] ?? 0] === 1) end += 1;
  return end;
}

function isLargeInteger(json: Uint8Array, start: number, end: number): boolean {
  const digits = json[start] === minus ? end - start - 1 : end - start;
  if (digits < shortest) return false;
  for (let index = start; index < end; index += 1)
    if (inOtherForms[json[index] ?? 0] === 1) return isLargeWhole(json.subarray(start, end));
  return digits >= minDigits && digits <= maxDigits;
}

/** Of a number with a point or an exponent, as some languages write whatever was a double. */
function isLargeWhole(token: Uint8Array): boolean {
  const value = Number(Buffer.from(token).toString('latin1'));
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) <= 2 ** 64;
}
