import type { Row } from '../../metric/row.ts';
import { type AgentIdentity, noOccurrence } from '../agent-target.ts';
import { type Build, type BuildBook, type BuildFacts, factsIn, factsOf } from './build-book.ts';
import type { VersionSource } from './sample.ts';
import { type Noted, notedIn, type Sighting, sightingOf } from './sighting.ts';

/** An agent that a target names or a container shows, and all that is said of its version. */
export interface KnownAgent extends AgentIdentity {
  readonly isTarget: boolean;
  /** Whether it was stopped on purpose. */
  readonly isStopped: boolean;
  readonly canaryGroup: string | undefined;
  readonly containers: readonly Sighting[];
  /** As it says itself, just now. */
  readonly ownVersion: string | undefined;
  readonly noted: Noted;
}

/** The build that something is on. */
export interface Standing {
  readonly build: Build;
  readonly source: VersionSource;
  /** False where only what has stopped shows it. */
  readonly running: boolean;
}

export function knownAgents(rows: readonly Row[]): readonly KnownAgent[] {
  const byEntity = Map.groupBy(rows, ({ entity }) => entity);
  const byAgent = (entity: string): ReadonlyMap<string, readonly Row[]> =>
    Map.groupBy(byEntity.get(entity) ?? [], (row) => keyOf(agentOf(row)));
  const targets = byAgent('agent_target');
  const containers = byAgent('container');
  const answers = byAgent('agent');
  const versions = byAgent('agent_version');
  const keys = new Set([...targets.keys(), ...containers.keys()]);
  return [...keys].flatMap((key) => {
    const target = targets.get(key)?.[0];
    const own = containers.get(key) ?? [];
    const agent = agentOf(target ?? own[0]);
    if (agent === undefined) return [];
    return {
      ...agent,
      isTarget: target !== undefined,
      isStopped: target?.values.expected === 0,
      canaryGroup: target?.info['ciris.canary.group'],
      containers: own.map(sightingOf),
      ownVersion: answers.get(key)?.[0]?.info['ciris.agent.version'],
      noted: notedIn(versions.get(key) ?? []),
    };
  });
}

/** A container carries its agent in its info, all others in their identity. */
function agentOf(row: Row | undefined): AgentIdentity | undefined {
  const words = row?.entity === 'container' ? row.info : row?.identity;
  const agentId = words?.['ciris.agent.id'];
  const serverId = row?.identity['ciris.server.id'];
  if (agentId === undefined || serverId === undefined) return undefined;
  return { agentId, occurrenceId: words?.['ciris.agent.occurrence.id'] ?? noOccurrence, serverId };
}

const keyOf = (agent: AgentIdentity | undefined): string =>
  JSON.stringify([agent?.agentId, agent?.occurrenceId, agent?.serverId]);

/**
 * What an agent is on, by the best that is known: its container that runs, or else its own word, or a container of it
 * that has stopped, or what the registry notes it was asked to change to. Undefined where its containers contradict
 * each other, and where nothing tells.
 */
export function standingOf(agent: KnownAgent, book: BuildBook): Standing | undefined {
  const running = agent.containers.filter((container) => container.running);
  if (running.length > 0) {
    const build = sharedBuild(
      running.map(({ facts }) => factsIn(facts, agent.ownVersion)),
      book,
    );
    return build && { build, source: 'container', running: true };
  }
  const answered = book.find(ownFacts(agent.ownVersion));
  if (answered !== undefined) return { build: answered, source: 'agent', running: true };
  const stopped = sharedBuild(
    agent.containers.map(({ facts }) => facts),
    book,
  );
  if (stopped !== undefined) return { build: stopped, source: 'container', running: false };
  const noted = book.find(agent.noted.current);
  const mayRun = !agent.isStopped && agent.containers.length === 0;
  return noted && { build: noted, source: 'registry', running: mayRun };
}

export function ownFacts(version: string | undefined): BuildFacts | undefined {
  return version === undefined ? undefined : factsOf({ version, tag: version });
}

function sharedBuild(all: readonly BuildFacts[], book: BuildBook): Build | undefined {
  const [first, ...others] = all.map((facts) => book.find(facts));
  return others.every((build) => build === first) ? first : undefined;
}
