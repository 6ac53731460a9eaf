import { type AgentIdentity, noOccurrence } from '../collectors/agent-target.ts';
import type { Row } from '../metric/row.ts';

/** The agent that a row is of, by its identity; undefined where the row is of something else. */
export function agentOfRow({ identity }: Row): AgentIdentity | undefined {
  const agentId = identity['ciris.agent.id'];
  const serverId = identity['ciris.server.id'];
  if (agentId === undefined || serverId === undefined) return undefined;
  return { agentId, occurrenceId: identity['ciris.agent.occurrence.id'] ?? noOccurrence, serverId };
}

export function agentKey({ agentId, occurrenceId, serverId }: AgentIdentity): string {
  return JSON.stringify([agentId, occurrenceId, serverId]);
}

/** `agent a`, or `agent a, occurrence 002`. */
export function agentInWords({ agentId, occurrenceId }: AgentIdentity): string {
  const agent = `agent ${agentId}`;
  return occurrenceId === noOccurrence ? agent : `${agent}, occurrence ${occurrenceId},`;
}
