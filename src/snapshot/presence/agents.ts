import { type AgentIdentity, noOccurrence } from '../../collectors/agent-target.ts';
import type { Row } from '../../metric/row.ts';
import { agentKey, agentOfRow } from '../agent-key.ts';
import { figureOf, infoOf, inputs, type RowsByEntity, stateOf } from '../inputs.ts';

/** A container that says it runs an agent. */
export interface Claim {
  readonly container: string;
  readonly state: string | undefined;
}

/** An agent that a target names or a container claims to run. */
export interface KnownAgent extends AgentIdentity {
  /** What its target wants of it, where that can be read; undefined where no target names it. */
  readonly wanted: 'expected' | 'stopped' | 'unclear' | undefined;
  readonly claims: readonly Claim[];
  /** Whether it runs on its server; undefined where the engine could not be read, or does not say of its containers. */
  readonly observed: boolean | undefined;
}

/** Every agent of the snapshot, those that a target names first. */
export function knownAgents(rowsOf: RowsByEntity): readonly KnownAgent[] {
  const read = new Set(
    rowsOf(inputs.serverUp.entity)
      .filter((row) => figureOf(row, inputs.serverUp) === 1)
      .map(({ identity }) => identity['ciris.server.id']),
  );
  const targets = new Map<string, Row>();
  const agents = new Map<string, AgentIdentity>();
  for (const row of rowsOf(inputs.expected.entity)) {
    const agent = agentOfRow(row);
    if (agent === undefined) continue;
    targets.set(agentKey(agent), row);
    agents.set(agentKey(agent), agent);
  }
  const claims = new Map<string, Claim[]>();
  for (const row of rowsOf(inputs.containerState.entity)) {
    const agent = agentOfContainer(row);
    if (agent === undefined || !read.has(agent.serverId)) continue;
    const key = agentKey(agent);
    agents.set(key, agent);
    claims.set(key, [...(claims.get(key) ?? []), claimOf(row)]);
  }
  return [...agents].map(([key, agent]) => {
    const own = claims.get(key) ?? [];
    const observed = read.has(agent.serverId) ? runs(own) : undefined;
    return { ...agent, wanted: wantedBy(targets.get(key)), claims: own, observed };
  });
}

function agentOfContainer(row: Row): AgentIdentity | undefined {
  const agentId = infoOf(row, inputs.containerAgentId);
  const serverId = row.identity['ciris.server.id'];
  if (agentId === undefined || serverId === undefined) return undefined;
  return { agentId, occurrenceId: infoOf(row, inputs.containerOccurrenceId) ?? noOccurrence, serverId };
}

function claimOf(row: Row): Claim {
  const container = infoOf(row, inputs.containerName) ?? row.identity['container.id'] ?? 'without a name';
  return { container, state: stateOf(row, inputs.containerState) };
}

function runs(claims: readonly Claim[]): boolean | undefined {
  if (claims.some(({ state }) => state === 'running')) return true;
  return claims.some(({ state }) => state === undefined || state === 'unknown') ? undefined : false;
}

function wantedBy(target: Row | undefined): KnownAgent['wanted'] {
  if (target === undefined) return undefined;
  const expected = figureOf(target, inputs.expected);
  return expected === undefined ? 'unclear' : expected === 1 ? 'expected' : 'stopped';
}
