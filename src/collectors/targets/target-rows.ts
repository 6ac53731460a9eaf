import { type Row, toRow } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import { agentTarget, agentVersion } from './metrics.ts';
import type { Target } from './resolver.ts';
import type { AgentTargetSample } from './sample.ts';

/** Clocks of two hosts differ a little; what lies further ahead is no true time. */
const skew: Micros = 300e6;

/** What is known of a target without asking it. */
export function targetRows({ claim, token }: Target, time: Micros): readonly Row[] {
  const past = (noted: Micros | undefined): Micros | undefined =>
    noted === undefined || noted > time + skew ? undefined : noted;
  const { agentId, occurrenceId, serverId, source, entry } = claim;
  const identity = { agentId, occurrenceId, serverId };
  const transitionNoted = past(entry?.transition?.noted);
  const sample: AgentTargetSample = {
    ...identity,
    source,
    // Who is named in settings or by a host is meant to run, unless the registry says otherwise.
    expected: entry === undefined ? (claim.expected ?? true) : claim.expected,
    tokenState: token.state,
    name: entry?.name,
    template: entry?.template,
    canaryGroup: entry?.canaryGroup,
    deployment: entry?.deployment,
    version: entry?.version,
    transitionNoted,
    timeToWorkSeconds: transitionNoted === undefined ? undefined : entry?.transition?.timeToWorkSeconds,
    workNoted: past(entry?.workNoted),
  };
  const versions = (entry?.images ?? []).map((image) =>
    toRow(agentVersion, { ...image, ...identity, deployedAt: past(image.deployedAt) }, time),
  );
  return [toRow(agentTarget, sample, time), ...versions];
}
