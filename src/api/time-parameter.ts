import { z } from 'zod';
import { type Micros, microsFromIso } from '../metric/time.ts';
import { textParameter } from './filters.ts';

/** A time as a client names it: fixed, or so long before now. */
export type Moment = { readonly at: Micros } | { readonly secondsAgo: number };

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

const relative = /^(?:now)?-(?<duration>.+)$/;

/** A hundred years: longer than anything is kept, and in microseconds still a number of the database. */
const longestStepSeconds = 100 * 366 * 86_400;

/** Reads `30`, `30s`, `5m`, `1h`, `7d`: whole seconds above zero; undefined when it is none. */
function parseDuration(text: string): number | undefined {
  const parts = /^(\d{1,9})([smhd]?)$/.exec(text);
  if (parts === null) return undefined;
  const seconds = Number(parts[1]) * (unitSeconds[parts[2] || 's'] ?? 1);
  return seconds > 0 ? seconds : undefined;
}

function parseStep(text: string): number | undefined {
  const seconds = parseDuration(text);
  return seconds !== undefined && seconds <= longestStepSeconds ? seconds : undefined;
}

/** Reads `now`, `-1h`, `now-1h` and RFC 3339; undefined when it is none. */
function parseMoment(text: string): Moment | undefined {
  if (text === 'now') return { secondsAgo: 0 };
  const duration = relative.exec(text)?.groups?.duration;
  if (duration !== undefined) {
    const secondsAgo = parseDuration(duration);
    return secondsAgo === undefined ? undefined : { secondsAgo };
  }
  const at = microsFromIso(canonical(text));
  return at === undefined ? undefined : { at };
}

/** RFC 3339 allows small letters, and a space before the time of day. A plus sign that was not percent-encoded arrives as a space. */
function canonical(text: string): string {
  return text
    .replace(/^([\d-]{10})[ t]/, '$1T')
    .replace(/z$/, 'Z')
    .replace(' ', '+');
}

export function resolveMoment(moment: Moment, now: Micros): Micros {
  return 'at' in moment ? moment.at : now - moment.secondsAgo * 1e6;
}

export const momentParameter = parsedParameter(
  parseMoment,
  'is no time',
  'a time such as 2026-03-01T12:00:00Z, now, or one before now such as -1h, -7d',
);

export const durationParameter = parsedParameter(
  parseStep,
  'is no duration',
  'whole seconds, or a duration such as 30s, 5m, 1h, 1d',
);

function parsedParameter<T>(parse: (text: string) => T | undefined, message: string, accepted: string) {
  return textParameter(accepted)
    .transform((text, context) => {
      const parsed = parse(text);
      if (parsed !== undefined) return parsed;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .optional()
    .describe(accepted);
}
