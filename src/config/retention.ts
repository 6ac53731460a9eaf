import { z } from 'zod';
import { parseDuration } from '../runtime/duration.ts';
import { setting } from './setting.ts';

/** What the settings say of one relation, in milliseconds; what they leave open is derived from the rest. */
const periods = ['raw', '5m', '1h', 'compress', 'late'] as const;

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'give a duration such as 90m, 12h, 7d, 4w or 1y' });
  return z.NEVER;
});

const periodsOf = z.strictObject({
  raw: duration.optional(),
  '5m': duration.optional(),
  '1h': duration.optional(),
  compress: duration.optional(),
  late: duration.optional(),
});

/** By relation, or `default` for all that are not named. */
const retentionSchema = z.record(z.string(), periodsOf).optional();

/** How long the database keeps what, and who sees to it. */
export const retentionSettings = {
  retention: setting({
    schema: retentionSchema,
    brief:
      'How long rows and rollups are kept, how late a point may come and when chunks are compressed; see HISTORY.md.',
    accepts: `a mapping of default, or the name of a table, to a mapping with ${periods.join(', ')}, each a duration such as 90m, 12h, 7d, 4w or 1y`,
    env: [],
    onlyInFile: true,
    otherwise: 'default: {raw: 7d, 5m: 30d, 1h: 1y, compress: 6d, late: 5d}',
  }),
  maintenanceDatabaseUrl: setting({
    schema: z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .optional(),
    brief:
      'The same database for the owner of its tables, who alone can make partitions, fill rollups and drop what is old.',
    accepts: 'an address such as postgres://owner:password@host:5432/database',
    env: ['TELEMETRY_MAINTENANCE_DATABASE_URL'],
    otherwise: 'the address of the database itself',
    secret: true,
  }),
};
