const replacement = '\uFFFD';

/** Text that PostgreSQL can hold: neither U+0000 nor half a surrogate pair; either becomes the replacement character. */
export function cleanText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', replacement) : whole;
}
