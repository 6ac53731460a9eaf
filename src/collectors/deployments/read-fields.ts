import type { z } from 'zod';

export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined for what is no JSON: half a file, a page of a proxy. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface FieldsRead<T> {
  /** Undefined when a field that it must have cannot be read. */
  readonly data: T | undefined;
  /** Names of the fields that are not as expected, and were left out. */
  readonly unreadable: readonly string[];
}

/** Reads an object field by field: one that is not as expected costs itself alone. */
export function readFields<T>(schema: z.ZodType<T>, fields: Fields): FieldsRead<T> {
  const { data, error } = schema.safeParse(fields);
  if (error === undefined) return { data, unreadable: [] };
  const unreadable = [...new Set(error.issues.map(({ path }) => String(path[0])))];
  const readable = Object.entries(fields).filter(([name]) => !unreadable.includes(name));
  return { data: schema.safeParse(Object.fromEntries(readable)).data, unreadable };
}
