import { type AgentIdentity, noOccurrence } from '../agent-target.ts';

/** `agent scout, occurrence 002, on scout1` */
export function described({ agentId, occurrenceId, serverId }: AgentIdentity): string {
  const occurrence = occurrenceId === noOccurrence ? '' : `, occurrence ${occurrenceId},`;
  return `agent ${agentId}${occurrence} on ${serverId}`;
}

/** A key of a file may be any text, and long. */
export const shownKey = (key: string): string => JSON.stringify(key.slice(0, 100));

/** The same text for the same agent. */
export const identityOf = ({ agentId, occurrenceId, serverId }: AgentIdentity): string =>
  JSON.stringify([agentId, occurrenceId, serverId]);

/** What kind of thing was thrown, without its words. */
export const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : typeof thrown);
