import type { z } from 'zod';

/** Undefined for what is no JSON: an empty body, a page of a proxy, an answer that was cut off. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where an answer is not as expected, and how; on one line, and without its values. */
export function describeMismatch({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'all of it'}: ${message}`).join('; ');
}
