import type { ClientBase } from 'pg';
import { z } from 'zod';

const nowRows = z.array(z.object({ now: z.coerce.number() })).length(1);

/** Milliseconds since 1970 by the database's clock. */
export async function databaseNow(client: ClientBase): Promise<number> {
  const { rows } = await client.query('select extract(epoch from clock_timestamp()) * 1000 as now');
  return nowRows.parse(rows)[0]?.now ?? Number.NaN;
}
