import type { z } from 'zod';
import { TelemetryError } from '../runtime/errors.ts';

/**
 * Options as a collector takes them. Throws a TelemetryError `setting_invalid` that says where and why, and never what was given: that
 * may be a secret.
 */
export function parseOptions<S extends z.ZodType>(schema: S, options: unknown, of: string): z.output<S> {
  const { success, data, error } = schema.safeParse(options);
  if (success) return data;
  const faults = error.issues.map(({ path, message }) => `${path.join('.') || 'all of them'}: ${message}`);
  throw new TelemetryError('setting_invalid', `the options of ${of} cannot be used: ${faults.join('; ')}`);
}
