import * as z from 'zod';
import { emptyLock, type Lock } from '../catalog/lock.ts';

const lockSchema = z.strictObject({
  tables: z.array(
    z.strictObject({
      name: z.string(),
      comment: z.string(),
      key: z.array(z.string()),
      columns: z.array(
        z.strictObject({
          name: z.string(),
          type: z.enum(['timestamptz', 'text', 'double precision', 'bigint', 'jsonb']),
          comment: z.string(),
        }),
      ),
    }),
  ),
  metrics: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['counter', 'updowncounter', 'gauge', 'stateset', 'info']),
      unit: z.string(),
      attributes: z.array(z.string()),
    }),
  ),
});

/** Reads the lock file; without one nothing is published yet. */
export function parseLock(text: string | undefined): Lock {
  return text === undefined ? emptyLock : lockSchema.parse(JSON.parse(text));
}
