import { createHash } from 'node:crypto';

interface Identified {
  readonly agentId: string;
  readonly occurrenceId?: string;
  readonly serverId: string;
}

/** The key of an agent in the registry: `agent_id[-occurrence_id]-server_id`. */
export function agentKey({ agentId, occurrenceId, serverId }: Identified): string {
  return [agentId, ...(occurrenceId === undefined ? [] : [occurrenceId]), serverId].join('-');
}

/** The service token of a simulated agent: 43 characters, as real ones have, and the same each time. */
export function tokenOf(agent: Identified): string {
  return createHash('sha256')
    .update(`made-up token of ${agentKey(agent)}`)
    .digest('base64url');
}
