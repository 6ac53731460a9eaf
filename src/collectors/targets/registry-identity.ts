import { z } from 'zod';
import { type AgentIdentity, noOccurrence } from '../agent-target.ts';
import type { Finding } from '../collector.ts';
import { describeIssue, word } from './fields.ts';
import { shownKey } from './wording.ts';

/** Servers that CIRISManager tells from a key; on any other, reading its own file renames agents whose id has no dash. */
const serversInKeys: readonly string[] = ['main', 'scout', 'scout2'];
const firstServer = 'main';

const identityFields = z.object({ agent_id: word, occurrence_id: word, server_id: word });
type IdentityFields = z.infer<typeof identityFields>;

export type IdentityReading =
  | { readonly outcome: 'read'; readonly identity: AgentIdentity; readonly findings: readonly Finding[] }
  | { readonly outcome: 'unreadable'; readonly message: string };

/** Which agent an entry of the registry is about. Its key alone does not say: the parts of a key may hold dashes themselves. */
export function readIdentity(key: string, value: unknown): IdentityReading {
  const { data, error } = identityFields.safeParse(value);
  if (error !== undefined) {
    return { outcome: 'unreadable', message: error.issues.map(describeIssue).join('; ') };
  }
  const occurrenceId = data.occurrence_id ?? noOccurrence;
  const { serverId, findings } = serverOf(key, data);
  const { agentId, finding } = agentOf(key, data, serverId);
  if (!word.safeParse(agentId).success || agentId === '') {
    return { outcome: 'unreadable', message: 'its key gives no agent id' };
  }
  return {
    outcome: 'read',
    identity: { agentId, occurrenceId, serverId },
    findings: finding === undefined ? findings : [...findings, finding],
  };
}

function serverOf(key: string, fields: IdentityFields) {
  const given = fields.server_id ?? firstServer;
  const named = serversInKeys.find((server) => key.endsWith(`-${server}`));
  // The manager believes the key where the entry does not name its agent itself.
  if (fields.agent_id !== undefined || named === undefined || named === given) {
    return { serverId: given, findings: [] };
  }
  const message = `the registry has an agent under the key ${shownKey(key)}, of the server ${given}; taken to be on ${named}, as the manager reads it: correct the entry`;
  return {
    serverId: named,
    findings: fields.server_id === undefined ? [] : [{ kind: 'registry_key_mismatch', message }],
  };
}

function agentOf(
  key: string,
  fields: IdentityFields,
  serverId: string,
): { readonly agentId: string; readonly finding?: Finding } {
  const suffix = `-${serverId}`;
  const { agent_id: id, occurrence_id: occurrence } = fields;
  if (id === undefined) {
    const rest = withoutEnd(key, suffix);
    return { agentId: occurrence === undefined ? rest : withoutEnd(rest, `-${occurrence}`) };
  }
  const original = withoutEnd(id, suffix);
  const renamed =
    original !== id && original !== '' && !original.includes('-') && !serversInKeys.includes(serverId);
  if (!renamed || occurrence !== undefined) return { agentId: id };
  const message = `the registry calls an agent on ${serverId} ${id}, as the manager renames ${original} when it reads its own file; taken to be ${original}`;
  return { agentId: original, finding: { kind: 'agent_id_renamed', message } };
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}
