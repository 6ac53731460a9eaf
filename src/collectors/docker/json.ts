import { z } from 'zod';

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

const object = z.record(z.string(), z.unknown());

export interface Reading<T> {
  /** Undefined when it is no object, or lacks what it must have. */
  readonly data: T | undefined;
  /** What could not be read. */
  readonly problem: string | undefined;
}

/** Reads an object; fields that are not as expected are left out, and named. */
export function readFields<T>(schema: z.ZodType<T>, value: unknown): Reading<T> {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return { data, problem: undefined };
  const unreadable = new Set(error.issues.map(({ path }) => path[0]));
  const fields = Object.entries(object.safeParse(value).data ?? {});
  const readable = fields.filter(([key]) => !unreadable.has(key));
  return {
    data: fields.length === 0 ? undefined : schema.safeParse(Object.fromEntries(readable)).data,
    problem: describeMismatch(error),
  };
}
