import type { ClientBase } from 'pg';
import { type Catalog, findEntity } from '../../catalog/catalog.ts';
import { coarserThan, type Resolution, resolutions } from '../../catalog/rollup.ts';
import type { Clock } from '../../runtime/clock.ts';
import { applyPolicies } from '../policy/apply.ts';
import { databaseNow } from '../policy/database-now.ts';
import { describeHeld, type HeldDrop } from '../policy/held-drops.ts';
import type { PolicyOptions } from '../policy/plan.ts';
import { keepOf, refreshOf } from '../policy/policy.ts';
import { readRollupStates, stateKey } from '../policy/rollup-states.ts';
import { isKeptByJobs, type RelationStorage, readStorage, type Storage } from '../policy/storage.ts';
import { readPolicies, type StoredPolicy } from '../policy/stored-policies.ts';
import { syncJobs } from '../policy/sync-jobs.ts';
import { refusalsOf } from '../policy/validate.ts';
import { describeProblem } from '../policy/wanted.ts';
import { advance, bucketAt, type Mark } from './advance.ts';
import { atomically } from './atomically.ts';
import { type Clocks, ClockWatch } from './clocks.ts';
import { dropPieces } from './drop.ts';
import { fillRollups } from './fill.ts';
import { keptByJobs, keptByUs } from './kept-from.ts';
import { reckonLate } from './late.ts';
import { makePartitions } from './pieces.ts';
import type { Rolled } from './rollup-range.ts';
import { SeriesSweep } from './series.ts';
import { settingsRemarks } from './settings-remarks.ts';
import { Steps } from './steps.ts';
import { failedJobs } from './timescale-jobs.ts';

export interface RoundReport {
  /** What is not as it should be, one line each. */
  readonly failures: readonly string[];
  /** What the settings of this process are at odds with. */
  readonly remarks: readonly string[];
  readonly lateBuckets: number;
  readonly abandonedBuckets: number;
  /** The names of the pieces of time that were dropped, each as old as the policy lets it be. */
  readonly dropped: readonly string[];
  readonly removedSeries: number;
  /** Now, less until where the rollup is filled that is least far; undefined while none is. */
  readonly lagSeconds: number | undefined;
  /** Whether the connection is to be closed, since what failed on it keeps others from their work. */
  readonly isSpent: boolean;
}

/** One relation on its way through a round. */
interface Subject {
  readonly place: RelationStorage;
  readonly policy: StoredPolicy;
  readonly rolled: Rolled | undefined;
  readonly byJobs: boolean;
}

type Filled = Readonly<Record<Resolution, number | undefined>>;

interface RoundOptions extends PolicyOptions {
  readonly clock: Clock;
  /** Of the rounds before, as the next; as if there were none when not given. */
  readonly watch?: ClockWatch;
  readonly series?: SeriesSweep;
}

/** Everything that the database needs to have done from time to time. The same round twice, or a part of one, does no harm. */
export async function maintain(
  client: ClientBase,
  { catalog, retention, clock, watch = new ClockWatch(), series = new SeriesSweep() }: RoundOptions,
): Promise<RoundReport> {
  const steps = new Steps(client);
  const clocks = await watch.read(client, clock);
  const storage = await readStorage(client, catalog);
  const policies = await steps.take('the policies', () =>
    policiesInForce(client, { catalog, retention }, storage),
  );
  const { subjects, refused } = subjectsOf(catalog, storage, policies ?? new Map());
  await makeRoom(client, steps, subjects, clocks);
  const followed = new Map(subjects.map(({ policy }) => [policy.relation.name, policy]));
  const setJobs = () =>
    steps.take('the jobs of TimescaleDB', () =>
      atomically(client, () => syncJobs(client, storage, followed, { hold: true })),
    );
  const before = await setJobs();
  const filled = await keepRollups(client, steps, subjects, { clocks, held: before?.held });
  const dropped =
    clocks.doubt === undefined ? await dropOld(client, steps, subjects, { clocks, filled }) : [];
  const after = before && (await setJobs());
  for (const held of after?.held ?? []) steps.fail(describeHeld(held));
  const removed = await steps.take('series without points', async () =>
    clocks.doubt === undefined ? series.go(client, policies ?? new Map(), clock) : 0,
  );
  const jobs = storage.layout.rollups === 'aggregates' ? await failedJobs(client) : [];
  return {
    failures: [...(clocks.doubt === undefined ? [] : [clocks.doubt]), ...refused, ...steps.failures, ...jobs],
    remarks: settingsRemarks(policies ?? new Map(), { catalog, retention }),
    lateBuckets: filled.reckoned,
    abandonedBuckets: filled.abandoned,
    dropped,
    removedSeries: removed ?? 0,
    lagSeconds: lagOf(filled.reached, clocks),
    isSpent: steps.isSpent,
  };
}

async function policiesInForce(
  client: ClientBase,
  options: PolicyOptions,
  { relations }: Storage,
): Promise<ReadonlyMap<string, StoredPolicy>> {
  const known = relations.map(({ relation }) => relation);
  const stored = await readPolicies(client, known);
  if (known.every(({ name }) => stored.has(name))) return stored;
  await applyPolicies(client, { ...options, onlyMissing: true });
  return readPolicies(client, known);
}

/** A policy that would lose data, written by somebody else's hand, is not followed. */
function subjectsOf(
  catalog: Catalog,
  storage: Storage,
  policies: ReadonlyMap<string, StoredPolicy>,
): { readonly subjects: readonly Subject[]; readonly refused: readonly string[] } {
  const refused: string[] = [];
  const subjects = storage.relations.flatMap((place): readonly Subject[] => {
    const { name } = place.relation;
    const policy = policies.get(name);
    if (policy === undefined) return [];
    const [problem] = refusalsOf(policy);
    if (problem !== undefined) {
      refused.push(
        `the policy in force is not followed: ${describeProblem(problem)}; see "ciris-telemetry policies plan"`,
      );
      return [];
    }
    const entity = findEntity(catalog, name);
    const rolled = entity && { storage: place, entity };
    return [{ place, policy, rolled, byJobs: isKeptByJobs(storage, place) }];
  });
  return { subjects, refused };
}

async function makeRoom(
  client: ClientBase,
  steps: Steps,
  subjects: readonly Subject[],
  { now }: Clocks,
): Promise<void> {
  for (const { place, policy } of subjects) {
    const { raw, rollups } = place;
    for (const stored of [raw, ...Object.values(rollups)]) {
      if (stored?.kind !== 'partitioned') continue;
      const { table } = stored;
      const late = refreshOf(policy)['5m'].start;
      await steps.take(`partitions of ${table.name}`, () => makePartitions(client, table, { now, late }));
    }
  }
}

interface Kept {
  readonly until: ReadonlyMap<string, Filled>;
  /** Until where the finest rollup of each relation is filled, those included that could not be filled further. */
  readonly reached: readonly (number | undefined)[];
  readonly reckoned: number;
  readonly abandoned: number;
}

async function keepRollups(
  client: ClientBase,
  steps: Steps,
  subjects: readonly Subject[],
  {
    clocks: { now, leapt },
    held,
  }: {
    readonly clocks: Clocks;
    /** Undefined when it is not known, and jobs may be dropping what is to be rolled up. */
    readonly held: readonly HeldDrop[] | undefined;
  },
): Promise<Kept> {
  const marks = subjects.flatMap((subject) =>
    subject.rolled === undefined || leapt ? [] : marksOf(subject, now),
  );
  await steps.take('advancing the rollups', async () => {
    if (!(await advance(client, marks)))
      steps.fail('somebody has been storing rows for more than a second: rollups wait');
  });
  const states = await readRollupStates(client);
  const theirs = await databaseNow(client);
  const until = new Map<string, Filled>();
  const reached: (number | undefined)[] = [];
  let reckoned = 0;
  let abandoned = 0;
  for (const { place, policy, rolled, byJobs } of subjects) {
    if (rolled === undefined) continue;
    const { name } = policy.relation;
    const kept = await steps.take(`the rollups of ${name}`, async () => {
      if (byJobs && held === undefined) return undefined;
      const keptFrom = byJobs
        ? await keptByJobs(client, place, { policy, states, held: held ?? [], now: theirs })
        : keptByUs(policy);
      const filled = await fillRollups(client, rolled, {
        states,
        oldest: now - (policy.keep1h ?? Number.POSITIVE_INFINITY),
        goneBefore: policy.goneBefore ?? Number.NEGATIVE_INFINITY,
        keptFrom,
      });
      return { filled, intactFrom: keptFrom['5m'] };
    });
    reached.push(kept?.filled['5m'] ?? states.get(stateKey(name, '5m'))?.filled);
    if (kept === undefined) continue;
    until.set(name, kept.filled);
    const late = await steps.take(`late rows of ${name}`, () => reckonLate(client, rolled, kept));
    reckoned += late?.reckoned ?? 0;
    abandoned += late?.abandoned ?? 0;
  }
  return { until, reached, reckoned, abandoned };
}

/** TimescaleDB's own jobs come first: what they have refreshed is not refreshed again. */
function marksOf({ policy, byJobs }: Subject, now: number): readonly Mark[] {
  const refresh = refreshOf(policy);
  return resolutions.map((resolution) => {
    const { end, schedule } = refresh[resolution];
    const delay = byJobs ? end + 2 * schedule : end;
    return { relation: policy.relation.name, resolution, until: bucketAt(now - delay, resolution) };
  });
}

async function dropOld(
  client: ClientBase,
  steps: Steps,
  subjects: readonly Subject[],
  { clocks: { now }, filled }: { readonly clocks: Clocks; readonly filled: Kept },
): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const { place, policy, rolled, byJobs } of subjects) {
    if (byJobs) continue;
    const { name } = policy.relation;
    const until = filled.until.get(name);
    // What a rollup is made of stays until it is made.
    const needed =
      rolled === undefined ? Number.POSITIVE_INFINITY : (until?.['5m'] ?? Number.NEGATIVE_INFINITY);
    const limits = [
      [place.raw, Math.min(now - policy.keepRaw, needed)] as const,
      ...resolutions.map((resolution) => {
        const coarser = coarserThan(resolution);
        const made =
          coarser === undefined ? Number.POSITIVE_INFINITY : (until?.[coarser] ?? Number.NEGATIVE_INFINITY);
        const old = now - (keepOf(policy, resolution) ?? Number.POSITIVE_INFINITY);
        return [place.rollups[resolution], Math.min(old, made)] as const;
      }),
    ];
    for (const [stored, before] of limits) {
      if (stored === undefined || !Number.isFinite(before)) continue;
      await steps.take(`old rows of ${stored.table.name}`, () =>
        dropPieces(client, stored, { before, dropped }),
      );
    }
  }
  return dropped;
}

/** Unknown while one of them is not filled at all. */
function lagOf(reached: readonly (number | undefined)[], { now }: Clocks): number | undefined {
  const times = reached.filter((time) => time !== undefined);
  return times.length === 0 || times.length < reached.length ? undefined : (now - Math.min(...times)) / 1000;
}
