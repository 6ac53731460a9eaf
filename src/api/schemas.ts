import { z } from 'zod';
import { resolutions } from '../db/history/range.ts';

/** What the routes answer. Durations are seconds, sizes bytes, times RFC 3339 in UTC; what is unknown is absent. */

const time = z.iso.datetime();
const attributes = z.record(z.string(), z.string());

const figure = z
  .union([z.number(), z.string().regex(/^-?\d+$/)])
  .describe('A number, or the digits of an integer that a double cannot hold.');

const metricSchema = z.object({
  name: z.string().describe('OpenTelemetry name.'),
  with: attributes.optional().describe('Constant attributes that tell it from others of its name.'),
  kind: z.enum(['counter', 'updowncounter', 'gauge', 'stateset']),
  unit: z.string().optional().describe('UCUM; absent for codes, yes-or-no figures and states.'),
});

const snapshotHeadSchema = z.object({
  id: z.uuid(),
  sequence: z.int().describe('Counts from 1 since the exporter started.'),
  time: time.describe('When it was begun.'),
  durationSeconds: z.number(),
});

export const statusSchema = z.object({
  snapshot: snapshotHeadSchema.extend({ ageSeconds: z.number() }),
  intervalSeconds: z.number().describe('Time from one snapshot to the next.'),
  collectors: z.array(
    z.object({
      collector: z.string(),
      ok: z.boolean(),
      durationSeconds: z.number(),
      rows: z.int(),
      problems: z.int().describe('Single reads that failed; the log has the words.'),
      errorType: z.string().optional(),
      message: z.string().optional().describe('Why its source could not be read, and what to do.'),
    }),
  ),
  findings: z
    .array(
      z.object({
        kind: z.string().describe('As ciris.findings counts it.'),
        message: z.string().describe('What was found, of what, and what to do.'),
      }),
    )
    .describe('What does not fit together in the fleet.'),
  entities: z
    .record(
      z.string(),
      z.object({
        metrics: z.record(z.string(), metricSchema).describe('What the keys of values and states mean.'),
        rows: z.array(
          z.object({
            identity: attributes,
            info: attributes,
            time,
            start: time.optional().describe('When the counters of this row began to count.'),
            values: z.record(z.string(), figure),
            states: attributes,
          }),
        ),
      }),
    )
    .describe('What was found, by kind of thing.'),
});

export const historySchema = z.object({
  entity: z.string(),
  metric: metricSchema.extend({ key: z.string() }),
  aggregation: z
    .enum(['increase', 'average', 'last'])
    .describe(
      'What a point shows of its step: the increase of a counter, the average of a gauge, the last state.',
    ),
  from: time.describe('As asked, unless `note` says otherwise; so are `to` and `stepSeconds`.'),
  to: time,
  stepSeconds: z.number(),
  resolution: z
    .enum(resolutions)
    .describe(
      'The coarsest of what was read: rows as they came (raw), or rollups of 5 minutes, an hour or 3 hours. The figures are the same.',
    ),
  note: z
    .string()
    .optional()
    .describe('Why step and range are wider than asked: so far back no more is kept.'),
  series: z.array(
    z.object({
      identity: attributes,
      points: z
        .array(
          z.object({
            time: time.describe('Start of the step.'),
            value: figure.optional(),
            min: figure.optional(),
            max: figure.optional(),
            state: z.string().optional(),
            states: z
              .record(z.string(), z.number())
              .optional()
              .describe(
                'For how many seconds of the step each state is known to have held: until the next snapshot, 5 minutes at most.',
              ),
            unknownSeconds: z
              .number()
              .optional()
              .describe(
                'For how much of the step, as far as it is in the range and past, no state is known.',
              ),
            samples: z.int().describe('Snapshots that the point rests on.'),
          }),
        )
        .describe('Steps without a sample have no point.'),
    }),
  ),
});

export const collectionSchema = z.object({
  id: z.uuid(),
  state: z.enum(['running', 'done', 'failed']),
  snapshot: snapshotHeadSchema.optional().describe('What it took, once it is done.'),
  result: z.string().describe('Where the latest snapshot is to be read.'),
});

export const healthSchema = z.object({ status: z.literal('ok'), version: z.string() });

export const indexSchema = z.object({
  name: z.literal('ciris-telemetry'),
  version: z.string(),
  routes: z.array(z.object({ method: z.string(), path: z.string(), summary: z.string() })),
});

export type Figure = z.infer<typeof figure>;
export type MetricView = z.infer<typeof metricSchema>;
export type SnapshotHead = z.infer<typeof snapshotHeadSchema>;
export type StatusView = z.infer<typeof statusSchema>;
export type HistoryView = z.infer<typeof historySchema>;
export type CollectionView = z.infer<typeof collectionSchema>;
