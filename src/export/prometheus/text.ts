import type { HrTime } from '@opentelemetry/api';

/** The shortest text that reads back as the same number. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** An attribute's value as a label's: texts and numbers as they are, anything else as JSON. */
export function labelText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? '');
}

/** `1767225600.123456`: exact, where a double would not be. */
export function secondsText([seconds, nanos]: HrTime): string {
  const fraction = String(Math.round(nanos)).padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? String(seconds) : `${seconds}.${fraction}`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' };

const escapeAll = (text: string, special: RegExp): string =>
  text.replace(special, (character) => escapes[character] ?? character);

/** For label values, quoted names, and HELP in OpenMetrics. */
export const escapeQuoted = (text: string): string => escapeAll(text, /[\\\n"]/g);

/** For HELP in the text format, where a quote is nothing special. */
export const escapeHelp = (text: string): string => escapeAll(text, /[\\\n]/g);
