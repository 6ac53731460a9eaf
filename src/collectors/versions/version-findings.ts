import { type AgentIdentity, noOccurrence } from '../agent-target.ts';
import type { Finding } from '../collector.ts';
import type { Build, BuildBook } from './build-book.ts';
import type { Evidence } from './evidence.ts';
import { type KnownAgent, standingOf } from './known-agent.ts';

export function findUndecided(component: string, builds: number): readonly Finding[] {
  if (builds < 2) return [];
  const message = `${builds} builds of ${component} are in use, and neither a completed deployment nor a version tells which is the newest; images with a full version as their tag would`;
  return [{ kind: 'version_undecided', message }];
}

/**
 * Agents that run something else than the registry notes. It notes a new image when it asks an agent to change, so
 * while a rollout is under way the two differ for good reason.
 */
export function findDrift(
  agents: readonly KnownAgent[],
  book: BuildBook,
  { orders }: Evidence,
): readonly Finding[] {
  if (orders.some(({ underWay }) => underWay)) return [];
  return agents.flatMap((agent) => {
    const standing = standingOf(agent, book);
    const noted = book.find(agent.noted.current);
    if (standing?.source !== 'container' || !standing.running || noted === undefined) return [];
    const [runs, ordered] = [nameOf(standing.build), nameOf(noted)];
    if (standing.build === noted || runs === undefined || ordered === undefined) return [];
    const message = `${inWords(agent)} runs ${runs} where the registry notes ${ordered}; see whether its last update failed, or what else changed it`;
    return [{ kind: 'version_drift', message }];
  });
}

/** Hashes that differ prove nothing: an image has one of its own on each platform. */
function nameOf({ versions }: Build): string | undefined {
  return versions.size === 0 ? undefined : [...versions].sort().join(' = ');
}

function inWords({ agentId, occurrenceId, serverId }: AgentIdentity): string {
  const which = occurrenceId === noOccurrence ? '' : `, occurrence ${occurrenceId},`;
  return `agent ${agentId}${which} on server ${serverId}`;
}
