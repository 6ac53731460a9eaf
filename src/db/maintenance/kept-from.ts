import type { ClientBase } from 'pg';
import { z } from 'zod';
import { byResolution, finerThan, type Resolution, resolutions } from '../../catalog/rollup.ts';
import { type HeldDrop, sourcesOf } from '../policy/held-drops.ts';
import { keepOf } from '../policy/policy.ts';
import { type RollupState, stateKey } from '../policy/rollup-states.ts';
import type { RelationStorage } from '../policy/storage.ts';
import type { StoredPolicy } from '../policy/stored-policies.ts';

/** Milliseconds since 1970, for each rollup: what it is made of may be gone before that. */
export type KeptFrom = Readonly<Record<Resolution, number>>;

const never = Number.NEGATIVE_INFINITY;

/** Where we drop ourselves: nothing is dropped of a rollup before what is made of it is. */
export function keptByUs({ goneBefore = never }: StoredPolicy): KeptFrom {
  return { '5m': goneBefore, '1h': never, '3h': never };
}

interface ByJobs {
  readonly policy: StoredPolicy;
  readonly states: ReadonlyMap<string, RollupState>;
  readonly held: readonly HeldDrop[];
  /** The database's clock. */
  readonly now: number;
}

/**
 * Where TimescaleDB's jobs drop, which they may at any moment, unless they are held: then all is there from the oldest chunk on, for
 * they drop the oldest ones first. A finer rollup is itself filled before, from where it is.
 */
export async function keptByJobs(
  client: ClientBase,
  place: RelationStorage,
  { policy, states, held, now }: ByJobs,
): Promise<KeptFrom> {
  const names = new Set(held.map(({ job }) => job.of));
  const from: Record<Resolution, number> = { ...byResolution(() => never) };
  for (const resolution of resolutions) {
    const finer = finerThan(resolution);
    const keep = finer === undefined ? policy.keepRaw : keepOf(policy, finer);
    const sources = sourcesOf(place, resolution);
    const since = [now - (keep ?? Number.POSITIVE_INFINITY)];
    if (sources.every((name) => names.has(name))) {
      since.push((await oldestChunk(client, sources)) ?? now);
      const filled = finer && states.get(stateKey(place.relation.name, finer))?.filled;
      if (finer !== undefined) since.push(Math.max(from[finer], filled ?? never));
    }
    const gone = finer === undefined ? policy.goneBefore : undefined;
    from[resolution] = Math.max(Math.min(...since), gone ?? never);
  }
  return from;
}

const startRows = z.array(z.object({ start: z.coerce.number().nullable() })).length(1);

/** From when on all of these have what they had; undefined where none has anything. */
async function oldestChunk(client: ClientBase, names: readonly string[]): Promise<number | undefined> {
  const { rows } = await client.query(
    `select extract(epoch from max(first)) * 1000 as start from (
       select min(chunk.range_start) as first from timescaledb_information.chunks as chunk
         left join timescaledb_information.continuous_aggregates as aggregate
         on aggregate.materialization_hypertable_schema = chunk.hypertable_schema
         and aggregate.materialization_hypertable_name = chunk.hypertable_name
       where coalesce(aggregate.view_schema || '.' || aggregate.view_name, chunk.hypertable_schema || '.' || chunk.hypertable_name) = any($1)
       group by chunk.hypertable_schema, chunk.hypertable_name
     ) as starts`,
    [[...names]],
  );
  return startRows.parse(rows)[0]?.start ?? undefined;
}
