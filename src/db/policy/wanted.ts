import type { Catalog } from '../../catalog/catalog.ts';
import { dayMs, minuteMs } from '../../runtime/duration.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { Policy, Relation } from './policy.ts';
import { relationsOf } from './relations.ts';
import { type Period, type Problem, validatePolicy } from './validate.ts';

/** Periods in milliseconds by relation, or under `default` for all relations; what is left open follows from the rest. */
export type RetentionWish = Readonly<Record<string, Readonly<Partial<Record<Period, number | undefined>>>>>;

export interface WantedPolicies {
  /** One for each relation. */
  readonly policies: readonly Policy[];
  /** Worth knowing, but no reason to refuse anything. */
  readonly remarks: readonly Problem[];
}

/** The policies that the settings ask for. Throws `setting_invalid` with every reason why they cannot be. */
export function wantedPolicies(catalog: Catalog, wish: RetentionWish = {}): WantedPolicies {
  const relations = relationsOf(catalog);
  const known = ['default', ...relations.map(({ name }) => name)];
  const unknown = Object.keys(wish).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw invalid([`there is no table ${unknown.join(', ')}; those there are: ${known.join(', ')}`]);
  }
  const policies = relations.map((relation) => policyOf(relation, wish));
  const problems = policies.flatMap((policy) => validatePolicy(policy));
  const refused = problems.filter(({ severity }) => severity === 'refused');
  if (refused.length > 0) throw invalid(refused.map(describeProblem));
  return { policies, remarks: problems.filter(({ severity }) => severity === 'remark') };
}

export function describeProblem({ relation, setting, why, mend }: Problem): string {
  return `${setting} of ${relation}: ${why}; ${mend}`;
}

function invalid(reasons: readonly string[]): TelemetryError {
  // Where a default is wrong it is so for every table: the first few say it all.
  const rest = reasons.length > 3 ? `; and ${reasons.length - 3} more` : '';
  return new TelemetryError('setting_invalid', `setting retention: ${reasons.slice(0, 3).join('; ')}${rest}`);
}

const grain = 5 * minuteMs;

function policyOf(relation: Relation, wish: RetentionWish): Policy {
  const own = wish[relation.name] ?? {};
  const given = (period: Period): number | undefined => own[period] ?? wish.default?.[period];
  // Events of snapshots are few and say what there should be: what `default` says of raw rows is not meant for them.
  const keepRaw = relation.name === 'snapshot' ? (own.raw ?? 365 * dayMs) : (given('raw') ?? 7 * dayMs);
  const late = given('late') ?? latest(keepRaw);
  const keep5m = given('5m') ?? Math.max(30 * dayMs, keepRaw);
  return {
    relation,
    keepRaw,
    keep5m: relation.rolledUp ? keep5m : undefined,
    keep1h: relation.rolledUp ? (given('1h') ?? Math.max(365 * dayMs, keep5m)) : undefined,
    compressAfter: given('compress') ?? late + dayMs,
    late,
  };
}

/** Five days, or what a shorter life of raw rows leaves when rollups are refreshed and chunks compressed before its end. */
function latest(keepRaw: number): number {
  const left = Math.max(keepRaw - 2 * dayMs, (keepRaw - dayMs) / 2);
  return Math.min(5 * dayMs, Math.max(grain, Math.floor(left / grain) * grain));
}

/** How old a row may be when it arrives, whatever it is about: as long as every relation bears. */
export function acceptedLateness(policies: readonly Pick<Policy, 'late'>[]): number {
  return Math.min(...policies.map(({ late }) => late));
}
