import type { Pool } from 'pg';
import { z } from 'zod';
import {
  byResolution,
  dataSchemaName,
  type Resolution,
  resolutions,
  rollupName,
} from '../../catalog/rollup.ts';
import type { Micros } from '../../metric/time.ts';
import { readQuery } from '../query.ts';
import { microsOf } from '../time-sql.ts';
import type { Kept } from './range.ts';

export interface KeptNow extends Kept {
  /** The database's own time, which that is reckoned by. */
  readonly now: Micros;
  /** Whether rollups are stored in tables, which can be read without what their views reckon besides. */
  readonly inTables: boolean;
  /** For how long a state is taken to hold when no other sample comes. */
  readonly holdMicros: number;
}

const filled = (resolution: Resolution): string =>
  `(select filled from telemetry.rollup_state where relation = $1 and resolution = '${resolution}')`;

/**
 * What was dropped under a shorter policy does not come back with a longer one. A month is 30 days to those who drop, and a policy that
 * another hand wrote may begin before time itself.
 */
const since = (keep: string, gone: string): string => {
  const now = 'extract(epoch from now())';
  const kept = `to_timestamp(least(${now}, greatest(${now} - extract(epoch from ${keep}), 0)))`;
  return `least(now(), greatest(${kept}, ${gone}))`;
};

const times = [
  'now()',
  since('keep_raw', 'gone_before'),
  since('keep_5m', 'gone_before_5m'),
  ...resolutions.map(filled),
];

const text = `
  select exists (
    select from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = '${dataSchemaName}' and relname = $2 and relkind = 'p'
  ), (extract(epoch from telemetry.state_hold()) * 1000000)::bigint::text, ${times.map((time) => `coalesce(${microsOf(time)}, 0)::text`).join(', ')}
  from (select) as always left join telemetry.policy on relation = $1`;

const micros = z.coerce.number();
const answer = z.tuple([z.tuple([z.boolean(), micros, micros, micros, micros], micros)]);

/** What there is of a table: by the policy in force, without which everything is kept, and by how far its rollups are stored. */
export async function readKept(pool: Pool, relation: string, signal: AbortSignal): Promise<KeptNow> {
  const values = [relation, rollupName(relation, '1h')];
  const query = { what: `the history of ${relation}`, text, values, rows: answer };
  const [[inTables, holdMicros, now, raw, fine, ...stored]] = await readQuery(pool, signal, query);
  return {
    now,
    inTables,
    holdMicros,
    since: { raw, '5m': fine },
    stored: byResolution((resolution) => stored[resolutions.indexOf(resolution)] ?? 0),
  };
}
