import type { ClientBase } from 'pg';
import { z } from 'zod';
import { byResolution, finerThan, type Resolution, resolutions } from '../../catalog/rollup.ts';
import { type RollupState, stateKey } from '../policy/rollup-states.ts';
import type { Stored } from '../policy/storage.ts';
import { bucketAt, bucketFrom } from './advance.ts';
import type { KeptFrom } from './kept-from.ts';
import { longestRangeMs, type Rolled, reckon } from './rollup-range.ts';

export interface FillContext {
  readonly states: ReadonlyMap<string, RollupState>;
  /** What is older than any rollup is kept would be dropped as soon as it is stored; in milliseconds since 1970, as the next. */
  readonly oldest: number;
  /** Rows before this are gone: what is stored of that time stays as it is. */
  readonly goneBefore: number;
  /** What a rollup is made of may be gone before this once it has been filled, for from then on somebody drops it. */
  readonly keptFrom: KeptFrom;
}

/** Stores the rollups of a relation as far as they may be, some hours at a time. Gives until where each is filled. */
export async function fillRollups(
  client: ClientBase,
  rolled: Rolled,
  { states, oldest, goneBefore, keptFrom }: FillContext,
): Promise<Readonly<Record<Resolution, number | undefined>>> {
  const { name } = rolled.storage.relation;
  const filled: Record<Resolution, number | undefined> = { ...byResolution(() => undefined) };
  let finer = Number.POSITIVE_INFINITY;
  for (const resolution of resolutions) {
    const state = states.get(stateKey(name, resolution));
    if (state === undefined) break;
    // A coarser rollup is made of the finer one.
    const until = Math.min(state.until, bucketAt(finer, resolution));
    const source = storedFiner(rolled, resolution);
    const first = state.filled ?? (await firstTime(client, source ?? rolled.storage.raw)) ?? until;
    // A finer rollup that we keep ourselves still has what rows are gone of.
    const firstKept = source !== undefined && first < goneBefore ? oldest : goneBefore;
    const intactFrom = Math.max(oldest, state.filled === undefined ? firstKept : keptFrom[resolution]);
    // Never beyond `until`: rows that come for the time between would be told of by nobody.
    let from = Math.min(Math.max(bucketAt(first, resolution), bucketFrom(intactFrom, resolution)), until);
    while (from < until) {
      const to = Math.min(until, bucketAt(from + longestRangeMs[resolution], '1h'));
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

// TimescaleDB 2.13 may give no row at all, instead of one without a value, where no chunk has rows.
const firstRows = z.array(z.object({ first: z.coerce.number().nullable() })).max(1);

/** The table of the rollup that one is made of, where there is one. */
function storedFiner({ storage }: Rolled, resolution: Resolution): Stored | undefined {
  const finer = finerThan(resolution);
  return finer === undefined ? undefined : storage.rollups[finer];
}

async function firstTime(client: ClientBase, { table }: Stored): Promise<number | undefined> {
  const { rows } = await client.query(
    `select extract(epoch from min(time)) * 1000 as first from ${table.qualified} where time > '-infinity'`,
  );
  return firstRows.parse(rows)[0]?.first ?? undefined;
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
