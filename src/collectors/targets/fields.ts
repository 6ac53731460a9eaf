import { z } from 'zod';
import { microsFromIso } from '../../metric/time.ts';

/** Nothing where a field is missing, null or empty. */
const orNothing = <T>(schema: z.ZodType<T>) =>
  z.preprocess((value) => (value === null || value === '' ? undefined : value), schema.optional()).optional();

/** One line of text, short enough for a label. */
export const line = z.string().regex(/^(?=.*\S)[^\p{Cc}]{1,256}$/u, 'expected one short line of text');

export const word = orNothing(line);

export const path = orNothing(z.string().regex(/^[^\p{Cc}]{1,4096}$/u, 'expected a path'));

export const flag = orNothing(z.boolean());

export const port = orNothing(z.int().min(1).max(65_535));

export const time = orNothing(
  z.string().transform((text, context) => {
    const micros = microsFromIso(text);
    if (micros === undefined) context.addIssue('expected a time with its zone');
    return micros ?? z.NEVER;
  }),
);

export const oneOf = <const T extends readonly string[]>(words: T) => orNothing(z.literal(words));

/** An object of any shape: the fields of it that are wanted are read one by one. */
export const anyObject = z.record(z.string(), z.unknown());

export interface Fields<T> {
  readonly data: T;
  /** Which fields are not as expected, without their values; they are left out of the data. */
  readonly problems: readonly string[];
}

/**
 * Reads the fields of a schema whose fields may all be missing, and nothing else of the value; never throws.
 * @param where - where the value stands, for its problems.
 */
export function readFields<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  value: unknown,
  where?: string,
): Fields<z.output<z.ZodObject<S>>> {
  const given = value ?? {};
  const { data, error } = schema.safeParse(given);
  if (error === undefined) return { data, problems: [] };
  const unreadable = new Set(error.issues.map(({ path: [field] }) => field));
  const fields = Object.entries(anyObject.safeParse(given).data ?? {});
  return {
    data: schema.parse(Object.fromEntries(fields.filter(([name]) => !unreadable.has(name)))),
    problems: error.issues.map((issue) =>
      describeIssue(where === undefined ? issue : { ...issue, path: [where, ...issue.path] }),
    ),
  };
}

/** Where and how a value is not as expected; never the value itself. */
export function describeIssue({ path: where, message }: z.core.$ZodIssue): string {
  return where.length === 0 ? message : `${where.join('.')}: ${message}`;
}
