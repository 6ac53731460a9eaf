import type { ClientBase } from 'pg';
import { z } from 'zod';
import { bucketSeconds, type Resolution, resolutions } from '../../catalog/rollup.ts';
import { bucketAt, bucketFrom } from './advance.ts';
import { longestRangeMs, type Rolled, reckon } from './rollup-range.ts';

export interface LateContext {
  /** Until where each rollup is stored; what is newer is filled later with all its rows. */
  readonly filled: Readonly<Record<Resolution, number | undefined>>;
  /** Rows before this may be gone: buckets of that time are left as they are. */
  readonly intactFrom: number;
}

export interface LateOutcome {
  readonly reckoned: number;
  /** Too old to be reckoned: rows came for a time of which others are gone. */
  readonly abandoned: number;
}

const width = bucketSeconds['5m'] * 1000;
/** In one round; what is beyond waits for the next. */
const mostBuckets = 4_032;

const lateRows = z.array(z.object({ time: z.coerce.number(), version: z.string() }));
type LateRow = z.infer<typeof lateRows>[number];

/** Reckons anew the stored buckets of a relation that got rows since. */
export async function reckonLate(
  client: ClientBase,
  rolled: Rolled,
  { filled, intactFrom }: LateContext,
): Promise<LateOutcome> {
  const stored = filled['5m'];
  if (stored === undefined) return { reckoned: 0, abandoned: 0 };
  const { name } = rolled.storage.relation;
  const late = await readLate(client, name, stored);
  const [lost, alive] = [
    late.filter(({ time }) => time < intactFrom),
    late.filter(({ time }) => time >= intactFrom),
  ];
  await forget(client, name, lost);
  for (const rows of consecutive(alive)) {
    const range = { from: rows[0]?.time ?? 0, to: (rows.at(-1)?.time ?? 0) + width };
    for (const resolution of resolutions) {
      const from = bucketAt(range.from, resolution);
      const to = Math.min(bucketFrom(range.to, resolution), filled[resolution] ?? Number.NEGATIVE_INFINITY);
      if (from < to) await reckon(client, rolled, resolution, { from, to });
    }
    await forget(client, name, rows);
  }
  return { reckoned: alive.length, abandoned: lost.length };
}

async function readLate(client: ClientBase, relation: string, before: number): Promise<readonly LateRow[]> {
  const { rows } = await client.query(
    `select extract(epoch from time) * 1000 as time, xmin::text as version from telemetry.late_bucket
     where relation = $1 and time < to_timestamp($2::float8) order by time limit $3`,
    [relation, before / 1000, mostBuckets],
  );
  return lateRows.parse(rows);
}

/**
 * Takes buckets off the list, but for those that somebody has named again meanwhile: their rows may have come too late for
 * what was just reckoned. Whoever is about to name one is waited for, in the order in which those who store lock them.
 */
async function forget(client: ClientBase, relation: string, rows: readonly LateRow[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `with settled as (
       select late.time from telemetry.late_bucket as late
       join unnest($2::float8[], $3::text[]) as seen (time, version)
         on late.time = to_timestamp(seen.time) and late.xmin::text = seen.version
       where late.relation = $1 order by late.time for update of late
     )
     delete from telemetry.late_bucket as late using settled where late.relation = $1 and late.time = settled.time`,
    [relation, rows.map(({ time }) => time / 1000), rows.map(({ version }) => version)],
  );
}

/** Buckets that follow each other, as many as are reckoned at once. */
function consecutive(rows: readonly LateRow[]): readonly (readonly LateRow[])[] {
  const runs: LateRow[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const follows = last !== undefined && row.time === last.time + width;
    if (run !== undefined && follows && run.length < longestRangeMs['5m'] / width) run.push(row);
    else runs.push([row]);
  }
  return runs;
}
