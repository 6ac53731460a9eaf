import { findPolicyBreaches } from '../catalog/policy.ts';
import type { Collector } from '../collectors/collector.ts';
import type { AnyEntity } from '../metric/define.ts';
import { TelemetryError } from '../runtime/errors.ts';

/**
 * Our entities, and those that a host's own collectors bring. Throws a TelemetryError `setting_invalid` for one that cannot stand
 * beside the others, such as a metric whose name means something else already.
 */
export function entitiesWith(
  ours: readonly AnyEntity[],
  collectors: readonly Collector[],
): readonly AnyEntity[] {
  const theirs = collectors.flatMap(({ entities }) => entities).filter((entity) => !ours.includes(entity));
  if (theirs.length === 0) return ours;
  const entities = [...ours, ...new Set(theirs)];
  // Which of its attributes are bounded, a host knows itself.
  const breach = findPolicyBreaches({ entities }).find(({ rule }) => rule !== 'identity');
  if (breach === undefined) return entities;
  throw new TelemetryError('setting_invalid', `a collector's entity cannot be shown: ${breach.message}`);
}
