import type { AgentIdentity } from '../../collectors/agent-target.ts';
import type { Finding } from '../../collectors/collector.ts';
import { agentInWords } from '../agent-key.ts';
import type { Claim, KnownAgent } from './agents.ts';

/** A container in one of these may act as its agent, now or in a moment. */
const living: ReadonlySet<string | undefined> = new Set(['running', 'paused', 'restarting']);
/** A container in one of these does nothing until somebody starts it. */
const stopped: ReadonlySet<string | undefined> = new Set(['exited', 'dead', 'created']);

/**
 * What targets and engines say differently of each agent.
 * @param allTargetsKnown - false while a source could never be read that may name agents which no other does.
 */
export function presenceFindings(
  agents: readonly KnownAgent[],
  { allTargetsKnown }: { readonly allTargetsKnown: boolean },
): readonly Finding[] {
  const anyTarget = allTargetsKnown && agents.some(({ wanted }) => wanted !== undefined);
  const elsewhere = Map.groupBy(
    agents.filter(({ wanted, observed }) => wanted === 'expected' && observed !== true),
    whichever,
  );
  return agents.flatMap((agent) => {
    const missed = elsewhere.get(whichever(agent)) ?? [];
    return [...againstTargets(agent, anyTarget, missed), ...claimedTwice(agent), ...debrisOf(agent)];
  });
}

/** Servers of expected agents that no engine goes by the name of, where engines are watched at all. */
export function unwatchedServers(
  agents: readonly KnownAgent[],
  engines: ReadonlySet<string | undefined>,
): readonly Finding[] {
  if (engines.size === 0) return [];
  const unseen = agents.filter(({ wanted, serverId }) => wanted === 'expected' && !engines.has(serverId));
  return [...Map.groupBy(unseen, ({ serverId }) => serverId)].map(([server, { length }]) => ({
    kind: 'server_unwatched',
    message: `agents are expected on server ${server} (${length}), and no engine of that name is watched, so nobody sees whether they run; list the server with its docker_host, or correct the server-id of the engine`,
  }));
}

/** The same for the runs of one agent and occurrence on all servers. */
function whichever({ agentId, occurrenceId }: AgentIdentity): string {
  return JSON.stringify([agentId, occurrenceId]);
}

function againstTargets(
  agent: KnownAgent,
  anyTarget: boolean,
  missed: readonly KnownAgent[],
): readonly Finding[] {
  const { wanted, observed, serverId, claims } = agent;
  const who = agentInWords(agent);
  const running = listed(claims.filter(({ state }) => state === 'running'));
  if (wanted === 'expected' && observed === false) {
    const there = claims.length === 0 ? 'has no container there' : `has only ${withStates(claims)} there`;
    const message = `${who} is expected on server ${serverId} and ${there}; start it, or mark it as stopped on purpose`;
    return [{ kind: 'agent_absent', message }];
  }
  if (observed === true && wanted === 'stopped') {
    const message = `${who} is marked as stopped on purpose, and runs on server ${serverId} as ${running}; stop it, or take the mark away`;
    return [{ kind: 'agent_stopped_runs', message }];
  }
  if (observed !== true || wanted !== undefined || !anyTarget) return [];
  if (missed.length > 0) {
    const servers = missed.map((one) => one.serverId).join(', ');
    const message = `${who} is expected on server ${servers}, and runs on server ${serverId} as ${running}; move it back, or correct its target`;
    return [{ kind: 'agent_on_other_server', message }];
  }
  const message = `${who} runs on server ${serverId} as ${running}, and no target names it there; add a target, or stop it`;
  return [{ kind: 'agent_unexpected', message }];
}

function claimedTwice(agent: KnownAgent): readonly Finding[] {
  const claims = agent.claims.filter(({ state }) => living.has(state));
  if (claims.length < 2) return [];
  const message = `on server ${agent.serverId}, ${withStates(claims)} all say that they run ${agentInWords(agent)} and only one can; stop the others`;
  return [{ kind: 'agent_claimed_twice', message }];
}

function debrisOf(agent: KnownAgent): readonly Finding[] {
  const lives = agent.claims.filter(({ state }) => living.has(state));
  const debris = agent.claims.filter(({ state }) => stopped.has(state));
  if (lives.length === 0 || debris.length === 0) return [];
  const message = `on server ${agent.serverId}, ${withStates(debris)} stands beside ${listed(lives)}, which runs ${agentInWords(agent)}; remove what is left over`;
  return [{ kind: 'container_debris', message }];
}

function listed(claims: readonly Claim[]): string {
  return claims
    .map(({ container }) => container)
    .sort()
    .join(', ');
}

function withStates(claims: readonly Claim[]): string {
  return claims
    .map(({ container, state }) => `${container} (${state ?? 'of unknown state'})`)
    .sort()
    .join(', ');
}
