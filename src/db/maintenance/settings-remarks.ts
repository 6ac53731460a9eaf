import { shortDuration } from '../../runtime/duration.ts';
import { type PolicyOptions, periodChanges } from '../policy/plan.ts';
import type { Policy } from '../policy/policy.ts';
import { acceptedLateness, wantedPolicies } from '../policy/wanted.ts';

/** In what the settings of this process and the policies in force do not go together, one line each. */
export function settingsRemarks(
  inForce: ReadonlyMap<string, Policy>,
  { catalog, retention }: PolicyOptions,
): readonly string[] {
  const { policies } = wantedPolicies(catalog, retention);
  const differing = policies.filter((policy) => {
    const stored = inForce.get(policy.relation.name);
    return retention !== undefined && stored !== undefined && periodChanges(stored, policy).length > 0;
  });
  const accepted = acceptedLateness(policies);
  const strict = [...inForce.values()].filter(({ late }) => late < accepted);
  return [
    ...(differing.length === 0
      ? []
      : [
          `the setting retention is not in force yet for ${namesOf(differing)}: see "ciris-telemetry policies plan" and "policies apply"`,
        ]),
    ...(strict.length === 0
      ? []
      : [
          `rows are accepted here until they are ${shortDuration(accepted)} old, but ${namesOf(strict)} bears only ` +
            `${shortDuration(acceptedLateness(strict))} by the policy in force: give this process the same setting retention`,
        ]),
  ];
}

function namesOf(policies: readonly Policy[]): string {
  return policies.map(({ relation }) => relation.name).join(', ');
}
