import type { ClientBase } from 'pg';
import { z } from 'zod';
import { type Resolution, resolutions } from '../../catalog/rollup.ts';
import { type RollupState, stateKey } from '../policy/rollup-states.ts';
import { bucketAt, bucketFrom } from './advance.ts';
import { longestRangeMs, type Rolled, reckon } from './rollup-range.ts';

export interface FillContext {
  readonly states: ReadonlyMap<string, RollupState>;
  /** Rows before this are gone, in milliseconds since 1970: what is stored of that time stays as it is. */
  readonly goneBefore: number;
  /** Rows before this may be gone once a rollup has been filled, for from then on somebody else drops them. */
  readonly keptFrom: number;
}

/** Stores the rollups of a relation as far as they may be, some hours at a time. Gives until where each is filled. */
export async function fillRollups(
  client: ClientBase,
  rolled: Rolled,
  { states, goneBefore, keptFrom }: FillContext,
): Promise<Readonly<Record<Resolution, number | undefined>>> {
  const { name } = rolled.storage.relation;
  const filled: Record<Resolution, number | undefined> = { '5m': undefined, '1h': undefined };
  let finer = Number.POSITIVE_INFINITY;
  for (const resolution of resolutions) {
    const state = states.get(stateKey(name, resolution));
    if (state === undefined) break;
    // A coarser rollup is made of the finer one.
    const until = Math.min(state.until, bucketAt(finer, resolution));
    const first = state.filled ?? (await firstBucket(client, rolled, resolution)) ?? until;
    // Never beyond `until`: rows that come for the time between would be told of by nobody.
    const intactFrom = state.filled === undefined ? goneBefore : Math.max(goneBefore, keptFrom);
    let from = Math.min(Math.max(first, bucketFrom(intactFrom, resolution)), until);
    while (from < until) {
      const to = Math.min(until, bucketAt(from + longestRangeMs, '1h'));
      await reckon(client, rolled, resolution, { from, to });
      await markFilled(client, { relation: name, resolution, filled: to });
      from = to;
    }
    if (state.filled === undefined) await markFilled(client, { relation: name, resolution, filled: from });
    finer = Math.max(from, state.filled ?? from);
    filled[resolution] = finer;
  }
  return filled;
}

const firstRows = z.array(z.object({ first: z.coerce.number().nullable() })).length(1);

async function firstBucket(
  client: ClientBase,
  { storage }: Rolled,
  resolution: Resolution,
): Promise<number | undefined> {
  const { rows } = await client.query(
    `select extract(epoch from min(time)) * 1000 as first from ${storage.raw.table.qualified}`,
  );
  const first = firstRows.parse(rows)[0]?.first ?? undefined;
  return first === undefined ? undefined : bucketAt(first, resolution);
}

async function markFilled(
  client: ClientBase,
  { relation, resolution, filled }: { relation: string; resolution: Resolution; filled: number },
): Promise<void> {
  await client.query(
    `update telemetry.rollup_state set filled = greatest(filled, to_timestamp($3::float8))
     where relation = $1 and resolution = $2`,
    [relation, resolution, filled / 1000],
  );
}
