import type { z } from 'zod';

/** One setting: the same value by file, environment variable or flag. */
export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** What it decides, in one sentence. */
  readonly brief: string;
  /** What is accepted, in words that finish "… is not accepted: give ". */
  readonly accepts: string;
  /** Environment variables, the one that wins first. */
  readonly env: readonly string[];
  /** What applies when nothing is given, where the schema has no default to show. */
  readonly otherwise?: string;
  /** Never shown in logs or messages. */
  readonly secret?: boolean;
  /** No flag or variable can hold it. */
  readonly onlyInFile?: boolean;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values that a set of settings describes. */
export type ValuesOf<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

export function setting<T>(spec: Setting<T>): Setting<T> {
  return spec;
}

/** `stateDir` is `state-dir` as a flag. */
export const flagName = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `stateDir` is `state_dir` in the file. */
export const fileKey = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The parts between commas. */
export const listIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** What applies when nothing is given. Undefined where there is nothing to say. */
export function defaultOf({ schema, otherwise }: Setting<unknown>): Default | undefined {
  const value = schema.safeParse(undefined).data;
  const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
  if (text !== '') return { text, isFixed: true };
  return otherwise === undefined ? undefined : { text: otherwise, isFixed: false };
}

export interface Default {
  readonly text: string;
  /** Whether the text is what one could give, and not a description. */
  readonly isFixed: boolean;
}

/** Reads text from a flag or a variable as whatever the setting takes: text, number, yes or no, or a list with commas. */
export function fromText<T>(setting: Setting<T>, text: string): { readonly value: T } | undefined {
  const readings: unknown[] = [text];
  if (/^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(text)) readings.push(Number(text));
  if (/^(true|yes|on|1)$/i.test(text)) readings.push(true);
  if (/^(false|no|off|0)$/i.test(text)) readings.push(false);
  readings.push(listIn(text));
  for (const reading of readings) {
    const parsed = setting.schema.safeParse(reading);
    if (parsed.success) return { value: parsed.data };
  }
  return undefined;
}
