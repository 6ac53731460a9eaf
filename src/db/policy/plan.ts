import type { ClientBase } from 'pg';
import type { Catalog } from '../../catalog/catalog.ts';
import { shortDuration } from '../../runtime/duration.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import { databaseNow } from './database-now.ts';
import { describeJob } from './jobs.ts';
import { type Policy, refreshOf } from './policy.ts';
import { relationsOf } from './relations.ts';
import { isKeptByJobs, readStorage, type Storage } from './storage.ts';
import { readPolicies, type StoredPolicy } from './stored-policies.ts';
import { jobChanges } from './sync-jobs.ts';
import type { Period, Problem } from './validate.ts';
import { type RetentionWish, wantedPolicies } from './wanted.ts';

export interface PolicyOptions {
  readonly catalog: Catalog;
  /** What the settings say; the defaults where they say nothing. */
  readonly retention?: RetentionWish | undefined;
}

/** One difference between what is in force and what is wanted. */
export interface PolicyChange {
  readonly relation: string;
  /** A period as the settings call it, or a job of TimescaleDB. */
  readonly what: string;
  /** Undefined where there is none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export interface PolicyPlan {
  readonly changes: readonly PolicyChange[];
  /** Worth knowing about what is wanted. */
  readonly remarks: readonly Problem[];
}

export interface Wanted {
  readonly storage: Storage;
  readonly stored: ReadonlyMap<string, StoredPolicy>;
  readonly policies: readonly Policy[];
  readonly remarks: readonly Problem[];
  /** The database's clock, in milliseconds since 1970. */
  readonly now: number;
}

/** What would change if the settings were put in force. Throws `setting_invalid` for settings that would lose data. */
export async function planPolicies(client: ClientBase, options: PolicyOptions): Promise<PolicyPlan> {
  const wanted = await wantedOf(client, options);
  const { storage, stored, policies, remarks } = wanted;
  for (const policy of policies) requireReach(policy, wanted);
  const byName = new Map(policies.map((policy) => [policy.relation.name, policy]));
  const { changes: jobs } = await jobChanges(client, storage, byName);
  return {
    remarks,
    changes: [
      ...policies.flatMap((policy) => periodChanges(stored.get(policy.relation.name), policy)),
      ...jobs.map(({ relation, from, to }) => ({
        relation,
        what: `${(from ?? to)?.kind} ${(from ?? to)?.of}`,
        from: from && describeJob(from),
        to: to && describeJob(to),
      })),
    ],
  };
}

export async function wantedOf(client: ClientBase, { catalog, retention }: PolicyOptions): Promise<Wanted> {
  const relations = relationsOf(catalog);
  const { policies, remarks } = wantedPolicies(catalog, retention);
  const storage = await readStorage(client, catalog);
  const stored = await readPolicies(client, relations);
  const now = await databaseNow(client);
  return { storage, stored, policies, remarks, now };
}

const periodsOf = (policy: Policy): readonly (readonly [Period, number | undefined])[] => [
  ['raw', policy.keepRaw],
  ['5m', policy.keep5m],
  ['1h', policy.keep1h],
  ['compress', policy.compressAfter],
  ['late', policy.late],
];

/** In what periods one policy differs from another. */
export function periodChanges(stored: Policy | undefined, wanted: Policy): readonly PolicyChange[] {
  const before = new Map(stored === undefined ? [] : periodsOf(stored));
  return periodsOf(wanted).flatMap(([what, to]) => {
    const from = before.get(what);
    if (from === to) return [];
    const text = (ms: number | undefined) => (ms === undefined ? undefined : shortDuration(ms));
    return [{ relation: wanted.relation.name, what, from: text(from), to: text(to) }];
  });
}

/** Until when rows may be gone; a longer life does not bring them back. Undefined while none are. */
export function goneBefore(policy: Policy, { storage, stored, now }: Wanted): number | undefined {
  const known = stored.get(policy.relation.name);
  const place = storage.relations.find(({ relation }) => relation.name === policy.relation.name);
  if (known === undefined || place === undefined) return undefined;
  // What our own loop drops it writes down; TimescaleDB's jobs may have dropped all that they might.
  const isLonger = isKeptByJobs(storage, place) && policy.keepRaw > known.keepRaw;
  const times = [known.goneBefore, isLonger ? now - known.keepRaw : undefined].filter(
    (time) => time !== undefined,
  );
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Refuses to accept, and so to refresh, what is older than the rows that are still there. */
export function requireReach(policy: Policy, wanted: Wanted): void {
  const known = wanted.stored.get(policy.relation.name);
  const gone = goneBefore(policy, wanted);
  if (known === undefined || gone === undefined || !policy.relation.rolledUp || policy.late <= known.late)
    return;
  const { start } = refreshOf(policy)['5m'];
  if (wanted.now - start >= gone) return;
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  throw new TelemetryError(
    'setting_invalid',
    `setting retention: late of ${policy.relation.name}: ${shortDuration(policy.late)} cannot be accepted yet, for rows before ` +
      `${day(gone)} are gone and a refresh so far back would erase their rollups; apply it with late ${shortDuration(known.late)} now, ` +
      `and the longer late after ${day(gone + start)}`,
  );
}
