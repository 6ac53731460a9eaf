import { z } from 'zod';

/** Every how many seconds, and how long the sources have. */
export const snapshotOptions = z.strictObject({
  interval: z
    .number()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('Seconds from one snapshot to the next, on the clock.'),
  collectTimeout: z
    .number()
    .min(0.1)
    .max(600)
    .optional()
    .describe(
      'Seconds that the collectors have for one snapshot; by default 90 % of the interval, at least 3 and at most 10.',
    ),
});

export type SnapshotOptions = z.infer<typeof snapshotOptions>;

/** An engine may need a second for each answer, so even a short interval leaves three; a hung one must show within ten. */
export function budgetMsOf({ interval, collectTimeout }: SnapshotOptions): number {
  return (collectTimeout ?? Math.min(10, Math.max(3, interval * 0.9))) * 1000;
}
