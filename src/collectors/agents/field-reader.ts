import { z } from 'zod';
import { microsFromIso } from '../../metric/time.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Checked by hand, as an answer with all its services is read every half minute of every agent. */
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined for what is no JSON object. */
export const objectOf = (value: unknown): Fields | undefined => (isObject(value) ? value : undefined);

/** Older endpoints wrap what they say in `data`, others do not. */
export function withoutEnvelope(body: unknown): Fields | undefined {
  const outer = objectOf(body);
  return objectOf(outer?.data) ?? outer;
}

export const finite = z.number().nonnegative();
/** Python gives the same count as 94 in one version and as 94.0 in another. */
export const count = z.int().nonnegative();

/** Seconds; one of 30 years was reckoned from a start that is none. */
export const uptime = finite.max(1e9);

export const isoTime = z.string().transform((text, context) => {
  const micros = microsFromIso(text);
  if (micros === undefined) context.addIssue('is no time');
  return micros ?? 0;
});

/** Agents reckon in cents. */
export const dollarsOf = (cents: number | undefined): number | undefined =>
  cents === undefined ? undefined : cents / 100;

const shownLacks = 5;

/** Reads fields one by one: what is not as expected is left out, and named, and costs no other field. */
export class FieldReader {
  readonly #lacks: string[] = [];

  /** A field that every version has. */
  required<T>(from: Fields | undefined, key: string, schema: z.ZodType<T>) {
    const value = from?.[key];
    if (value === undefined || value === null) {
      this.lack(key, value === null ? 'is null' : 'is missing');
      return undefined;
    }
    return this.#read(key, value, schema);
  }

  /** A field that some versions lack, or that is null before it has a value. */
  optional<T>(from: Fields | undefined, key: string, schema: z.ZodType<T>) {
    const value = from?.[key];
    return value === undefined || value === null ? undefined : this.#read(key, value, schema);
  }

  lack(field: string, how: string): void {
    this.#lacks.push(`${field} ${how}`);
  }

  /** All that could not be read, in words without the values; undefined when there is nothing. */
  get problem(): string | undefined {
    const more = this.#lacks.length - shownLacks;
    if (this.#lacks.length === 0) return undefined;
    const shown = this.#lacks.slice(0, shownLacks).join('; ');
    return more > 0 ? `${shown}; and ${more} more` : shown;
  }

  #read<T>(key: string, value: unknown, schema: z.ZodType<T>): T | undefined {
    const { data, error } = schema.safeParse(value);
    if (error !== undefined) this.lack(key, `is not as expected`);
    return data;
  }
}
