import { type Meter, type Observable, ValueType } from '@opentelemetry/api';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { StampedResult } from '../../../src/export/meter/stamp.ts';
import type { Row } from '../../../src/metric/row.ts';
import type { Micros } from '../../../src/metric/time.ts';
import { createRandom } from './random.ts';

const gauge = 'e2e.strange.level';
const counter = 'e2e.strange.total';
const things = 10;

/** Points of metrics that no catalog knows, each as a row of its own, the same for the same time. */
export function strangeRows(time: Micros): readonly Row[] {
  const random = createRandom((time + 1) % 2 ** 32);
  const shared = { time, info: {}, states: {} };
  return Array.from({ length: things }, (_, index) => `thing-${index}`).flatMap((thing) => [
    { ...shared, entity: gauge, identity: { thing }, values: { value: random.next() - 0.5 } },
    {
      ...shared,
      entity: counter,
      identity: { thing },
      values: { value: random.below(2 ** 31) },
      start: time - (time % 60e6),
    },
  ]);
}

/** Has these rows sent with what else the meter sends. */
export function registerStrange(meter: Meter, rows: () => readonly Row[]): void {
  const instruments = new Map<string, Observable>([
    [gauge, meter.createObservableGauge(gauge, { unit: '1' })],
    [counter, meter.createObservableCounter(counter, { unit: '{thing}', valueType: ValueType.INT })],
  ]);
  meter.addBatchObservableCallback(
    (result) => {
      const stamped: StampedResult = result;
      for (const { entity, identity, values, time, start } of rows()) {
        const instrument = instruments.get(entity);
        if (instrument === undefined) continue;
        stamped.observe(
          instrument,
          Number(values.value),
          identity,
          start === undefined ? { time } : { time, start },
        );
      }
    },
    [...instruments.values()],
  );
}

const stored = z.object({
  name: z.string(),
  thing: z.string(),
  value: z.number(),
  time: z.coerce.number(),
  start: z.coerce.number().nullable(),
});

/** Such rows as the database has them. */
export async function readStrangeRows(pool: Pool): Promise<readonly Row[]> {
  const { rows } = await pool.query({
    text: `select name, attributes ->> 'thing' as thing, value,
        (extract(epoch from p.time) * 1000000)::bigint as time, (extract(epoch from start_time) * 1000000)::bigint as start
      from telemetry.numbers p where name in ($1, $2)`,
    values: [gauge, counter],
  });
  return z
    .array(stored)
    .parse(rows)
    .map(({ name, thing, value, time, start }) => ({
      entity: name,
      time,
      ...(start === null ? {} : { start }),
      identity: { thing },
      info: {},
      values: { value },
      states: {},
    }));
}
