const onlyZeros = /^0*$/;
const onlyDigits = /^[0-9a-f]*$/;

/** Bytes of an id. */
export const traceIdBytes = 16;
export const spanIdBytes = 8;

/**
 * An id in hexadecimal digits of either case, in lower case. One of another length, of zeros or of other characters is none, as OTLP
 * wants it taken.
 */
export function idText(hex: string, bytes: number): string {
  if (hex.length !== bytes * 2) return '';
  const id = hex.toLowerCase();
  return onlyDigits.test(id) && !onlyZeros.test(id) ? id : '';
}
