import { withoutCredentials } from '../runtime/credentials.ts';
import { TelemetryError } from '../runtime/errors.ts';
import { plainText } from '../runtime/plain-text.ts';

/** Environment variables as a value: who reads the process's own is no business of this folder. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; an empty one is as if it were not set. */
export function variable(environment: Environment, name: string): string | undefined {
  const value = plainText(environment[name] ?? '');
  return value === '' ? undefined : value;
}

export function invalidSetting(name: string, value: string, mend: string): TelemetryError {
  return new TelemetryError(
    'setting_invalid',
    `${name}=${withoutCredentials(value)} cannot be used: ${mend}`,
  );
}

/** The pairs of `a=1,b=2` with percent-encoded values, and with keys as they are; names the variable in what it throws. */
export function keyValuePairs(name: string, text: string): readonly (readonly [string, string])[] {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return pairs.map((pair) => {
    const equals = pair.indexOf('=');
    const key = pair.slice(0, Math.max(equals, 0)).trim();
    const value = decoded(pair.slice(equals + 1));
    if (key === '' || value === undefined) {
      // The values may be secrets.
      throw invalidSetting(
        name,
        '…',
        'write it as key=value pairs with commas between, special characters percent-encoded',
      );
    }
    return [key, value];
  });
}

/** Undefined where percent signs mean nothing. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}
