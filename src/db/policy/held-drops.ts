import { bucketWidths, finerThan, type Resolution, resolutions } from '../../catalog/rollup.ts';
import { dayMs } from '../../runtime/duration.ts';
import { type Job, jobKey } from './jobs.ts';
import { type RollupState, stateKey } from './rollup-states.ts';
import { plainName, type RelationStorage } from './storage.ts';

/** A rollup that is not stored as far must not lose what it is made of until the next look; half of a short life. */
const marginMs = dayMs;

/** A job that must wait for a rollup to be stored, which is made of what the job would drop. */
export interface HeldDrop {
  readonly job: Job;
  readonly resolution: Resolution;
}

/** By key those of the jobs that would drop, now or before long, what a rollup is still to be made of. */
export function heldDrops(
  jobs: Iterable<Job>,
  {
    place,
    states,
    now,
  }: {
    readonly place: RelationStorage;
    readonly states: ReadonlyMap<string, RollupState>;
    /** The database's clock, which the jobs go by. */
    readonly now: number;
  },
): ReadonlyMap<string, HeldDrop> {
  const madeOf = new Map(
    resolutions.flatMap((resolution) => sourcesOf(place, resolution).map((of) => [of, resolution] as const)),
  );
  const held = new Map<string, HeldDrop>();
  for (const job of jobs) {
    const resolution = madeOf.get(job.of);
    if (job.kind !== 'drop' || resolution === undefined) continue;
    const filled = states.get(stateKey(place.relation.name, resolution))?.filled ?? Number.NEGATIVE_INFINITY;
    const margin = Math.min(marginMs, job.after / 2);
    if (filled < now - job.after + margin) held.set(jobKey(job), { job, resolution });
  }
  return held;
}

/** What TimescaleDB makes a rollup of, with schema: the table of rows, or the aggregates of the finer rollup. */
export function sourcesOf(
  { relation, raw, aggregates }: RelationStorage,
  resolution: Resolution,
): readonly string[] {
  if (!relation.rolledUp) return [];
  const finer = finerThan(resolution);
  return finer === undefined ? [plainName(raw.table)] : aggregates[finer];
}

export function describeHeld({ job, resolution }: HeldDrop): string {
  return `TimescaleDB drops nothing of ${job.of}, however old, until the rollup in buckets of ${bucketWidths[resolution]} is stored so far`;
}
