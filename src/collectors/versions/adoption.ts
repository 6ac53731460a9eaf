import { type Build, compareBuilds } from './build-book.ts';
import { orderedAt } from './choose-slots.ts';
import type { Evidence } from './evidence.ts';
import { type Adoption, type CanaryGroup, canaryGroups } from './sample.ts';

/** The builds that stand in the slots an agent can be on. */
export interface Marks {
  readonly current: Build | undefined;
  readonly previous: Build | undefined;
  readonly fallback: Build | undefined;
}

/**
 * How the build that an agent is on stands to the current one: by its slot, else by version numbers, else by when each
 * was ordered. Unknown where none of these tells.
 */
export function adoptionOf(build: Build | undefined, marks: Marks, evidence: Evidence): Adoption {
  const { current, previous, fallback } = marks;
  if (build === undefined || current === undefined) return 'unknown';
  if (build === current) return 'latest';
  if (build === previous) return 'previous';
  if (build === fallback) return 'older';
  const difference = compareBuilds(build, current) ?? orderDifference(build, current, evidence);
  if (difference === undefined || difference === 0) return 'unknown';
  return difference < 0 ? 'older' : 'newer';
}

function orderDifference(build: Build, current: Build, evidence: Evidence): number | undefined {
  const [mine, its] = [orderedAt(build, evidence), orderedAt(current, evidence)];
  return mine === undefined || its === undefined ? undefined : mine - its;
}

/** A word that rollouts do not know puts an agent in none of their groups. */
export function groupOf(word: string | undefined): CanaryGroup {
  return canaryGroups.find((group) => group === word) ?? 'unassigned';
}
