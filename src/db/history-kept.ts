import type { Pool } from 'pg';
import { z } from 'zod';
import type { Micros } from '../metric/time.ts';
import type { KeptSince } from './history-range.ts';
import { readQuery } from './query.ts';
import { microsOf } from './time-sql.ts';

/** What is kept of a table, and the database's own time, which that is reckoned by. */
export interface Kept {
  readonly now: Micros;
  readonly since: KeptSince;
}

/** Rows that were dropped under a shorter policy do not come back with a longer one. */
const since = ['greatest(now() - keep_raw, gone_before)', 'now() - keep_5m', 'now() - keep_1h'];

const text = `
  select ${microsOf('now()')}::text, ${since.map((time) => `coalesce(${microsOf(time)}, 0)::text`).join(', ')}
  from (select) as always left join telemetry.policy on relation = $1`;

const micros = z.coerce.number();
const answer = z.tuple([z.tuple([micros, micros, micros, micros])]);

/** By the policy that is in force; without one everything is kept. */
export async function readKept(pool: Pool, relation: string, signal: AbortSignal): Promise<Kept> {
  const what = `the history of ${relation}`;
  const [[now, raw, fine, coarse]] = await readQuery(pool, signal, {
    what,
    text,
    values: [relation],
    rows: answer,
  });
  return { now, since: { raw, '5m': fine, '1h': coarse } };
}
