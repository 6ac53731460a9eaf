import type { Pool } from 'pg';
import { z } from 'zod';

const series = {
  name: z.string(),
  unit: z.string(),
  temporality: z.enum(['delta', 'cumulative']).nullable(),
  attributes: z.record(z.string(), z.unknown()),
  scope: z.looseObject({ name: z.string(), version: z.string() }),
  /** Microseconds since the epoch. */
  micros: z.coerce.number(),
  start_micros: z.coerce.number().nullable(),
};
const integer = z.string().transform(BigInt);
const number = z.object({
  ...series,
  kind: z.enum(['gauge', 'sum']),
  monotonic: z.boolean().nullable(),
  value_double: z.number().nullable(),
  value_int: integer.nullable(),
});
const distribution = {
  ...series,
  count: integer.transform(Number),
  sum: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
};
const counts = z.array(integer.transform(Number));
const histogram = z.object({ ...distribution, bounds: z.array(z.number()), counts });
const exponential = z.object({
  ...distribution,
  scale: z.int(),
  zero_count: integer.transform(Number),
  positive_offset: z.int(),
  positive_counts: counts,
  negative_offset: z.int(),
  negative_counts: counts,
});
const summary = z.object({
  ...series,
  count: integer.transform(Number),
  sum: z.number(),
  quantiles: z.array(z.number()),
  quantile_values: z.array(z.number()),
});

export type StoredNumber = z.infer<typeof number>;
export type StoredHistogram = z.infer<typeof histogram>;
export type StoredExponential = z.infer<typeof exponential>;
export type StoredSummary = z.infer<typeof summary>;

export interface StoredPoints {
  readonly numbers: readonly StoredNumber[];
  readonly histograms: readonly StoredHistogram[];
  readonly exponentials: readonly StoredExponential[];
  readonly summaries: readonly StoredSummary[];
}

/** All points that a service sent and that no entity of the catalog knows, as the views show them, in the order of name, attributes and time. */
export async function readStoredPoints(pool: Pool, service: string): Promise<StoredPoints> {
  const read = async <T>(view: string, rows: z.ZodType<T>): Promise<readonly T[]> => {
    const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;
    const { rows: found } = await pool.query({
      text: `select *, ${micros('time')} as micros, ${micros('start_time')} as start_micros
        from telemetry.${view}
        where resource ->> 'service.name' = $1 order by name, attributes::text, time`,
      values: [service],
    });
    return z.array(rows).parse(found);
  };
  return {
    numbers: await read('numbers', number),
    histograms: await read('histograms', histogram),
    exponentials: await read('exponential_histograms', exponential),
    summaries: await read('summaries', summary),
  };
}
