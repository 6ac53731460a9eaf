import type { ClientBase } from 'pg';
import { byResolution } from '../../catalog/rollup.ts';
import { enableCompression } from './compression.ts';
import { databaseNow } from './database-now.ts';
import { type HeldDrop, heldDrops } from './held-drops.ts';
import { describeJob, type Job, jobKey, jobsOf, putJob, readJobs, removeJob } from './jobs.ts';
import type { Policy } from './policy.ts';
import { readRollupStates, stateKey } from './rollup-states.ts';
import { isKeptByJobs, plainName, type RelationStorage, type Storage } from './storage.ts';

/** A job that is missing, or another than the policy wants, or too many. */
export interface JobChange {
  readonly relation: string;
  readonly from: Job | undefined;
  readonly to: Job | undefined;
}

export interface JobsFound {
  readonly changes: readonly JobChange[];
  /** Jobs that wait for a rollup; they are not there where they may not be. */
  readonly held: readonly HeldDrop[];
}

export interface JobsOptions {
  /**
   * Whether jobs are removed that must wait for a rollup, which ends one that is running, as halting it would not. For those who fill rollups, and put
   * the jobs back afterwards; to all others it is no difference whether such a job is there.
   */
  readonly hold?: boolean;
}

/** In what TimescaleDB's jobs differ from what the policies want of them; nothing where it has none to do. */
export async function jobChanges(
  client: ClientBase,
  storage: Storage,
  policies: ReadonlyMap<string, Policy>,
  { hold = false }: JobsOptions = {},
): Promise<JobsFound> {
  const kept = storage.relations.filter((relation) => isKeptByJobs(storage, relation));
  if (kept.length === 0) return { changes: [], held: [] };
  const jobs = await readJobs(client);
  const states = await readRollupStates(client);
  const now = await databaseNow(client);
  const found = kept.map((relation): JobsFound => {
    const { name } = relation.relation;
    const policy = policies.get(name);
    if (policy === undefined) return { changes: [], held: [] };
    const filled = byResolution((resolution) => states.get(stateKey(name, resolution))?.filled !== undefined);
    const wanted = new Map(
      jobsOf({ policy, aggregates: relation.aggregates, filled }).map((job) => [jobKey(job), job]),
    );
    const held = heldDrops(wanted.values(), { place: relation, states, now });
    const about = jobsAbout(relation, jobs);
    for (const key of held.keys()) {
      if (hold || !about.has(key)) wanted.delete(key);
    }
    return { changes: differences(name, about, wanted), held: [...held.values()] };
  });
  return {
    changes: found.flatMap(({ changes }) => changes),
    held: found.flatMap(({ held }) => held),
  };
}

function jobsAbout(
  { raw, aggregates }: RelationStorage,
  jobs: ReadonlyMap<string, Job>,
): ReadonlyMap<string, Job> {
  const own = new Set([plainName(raw.table), ...Object.values(aggregates).flat()]);
  return new Map([...jobs].filter(([, { of }]) => own.has(of)));
}

function differences(
  relation: string,
  found: ReadonlyMap<string, Job>,
  wanted: ReadonlyMap<string, Job>,
): readonly JobChange[] {
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((key) => {
    const from = found.get(key);
    const to = wanted.get(key);
    const same = from !== undefined && to !== undefined && describeJob(from) === describeJob(to);
    return same ? [] : [{ relation, from, to }];
  });
}

/** Lets TimescaleDB's jobs do what the policies want. To be called in a transaction. */
export async function syncJobs(
  client: ClientBase,
  storage: Storage,
  policies: ReadonlyMap<string, Policy>,
  options?: JobsOptions,
): Promise<JobsFound> {
  const found = await jobChanges(client, storage, policies, options);
  const { changes } = found;
  const changed = new Set(changes.map(({ relation }) => relation));
  for (const relation of storage.relations) {
    if (changed.has(relation.relation.name)) await enableCompression(client, relation);
  }
  for (const { from, to } of changes) {
    if (to !== undefined) await putJob(client, to);
    else if (from !== undefined) await removeJob(client, from);
  }
  return found;
}
