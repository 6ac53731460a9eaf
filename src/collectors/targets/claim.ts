import { type AgentIdentity, noOccurrence } from '../agent-target.ts';
import type { Finding } from '../collector.ts';
import type { HostTargetRead } from './host-sources.ts';
import type { StaticAgent } from './options.ts';
import { originOf } from './origin.ts';
import type { Registry } from './registry-document.ts';
import type { RegistryEntry } from './registry-entry.ts';
import { agentUrl, type Server } from './servers.ts';
import { givenToken, noToken, type TokenSource, tokenInFile, tokenOfHost } from './token-source.ts';
import { shownKey } from './wording.ts';

/** What one source says of one agent. */
export interface Claim extends AgentIdentity {
  readonly source: 'settings' | 'host' | 'registry';
  readonly url: string | undefined;
  /** Undefined where the source does not say. */
  readonly expected: boolean | undefined;
  readonly token: TokenSource;
  readonly entry: RegistryEntry | undefined;
}

const firstServer = 'main';

export function claimOfSettings(agent: StaticAgent): Claim {
  const { token, token_file } = agent;
  return {
    source: 'settings',
    agentId: agent.agent_id,
    occurrenceId: agent.occurrence_id ?? noOccurrence,
    serverId: agent.server_id,
    url: originOf(agent.url),
    expected: undefined,
    token:
      token !== undefined ? givenToken(token) : token_file !== undefined ? tokenInFile(token_file) : noToken,
    entry: undefined,
  };
}

export function claimOfHost(target: HostTargetRead): Claim {
  const { token } = target;
  return {
    source: 'host',
    agentId: target.agentId,
    occurrenceId: target.occurrenceId ?? noOccurrence,
    serverId: target.serverId ?? firstServer,
    url: target.url === undefined ? undefined : originOf(target.url),
    expected: target.expected,
    token: token === undefined ? noToken : typeof token === 'string' ? givenToken(token) : tokenOfHost(token),
    entry: undefined,
  };
}

/** The registry names a server and a port; where a server is, others say. */
export function claimsOfRegistry(
  { entries }: Pick<Registry, 'entries'>,
  servers: readonly Server[],
  tokenOf: (entry: RegistryEntry) => TokenSource,
): { readonly claims: readonly Claim[]; readonly findings: readonly Finding[] } {
  const byId = new Map(servers.map((server) => [server.id, server]));
  const claims = entries.map((entry): Claim => {
    const { agentId, occurrenceId, serverId, port, expected } = entry;
    const server = byId.get(serverId);
    const url = server === undefined || port === undefined ? undefined : agentUrl(server, port);
    const token = entry.sealedToken === undefined ? noToken : tokenOf(entry);
    return { source: 'registry', agentId, occurrenceId, serverId, url, expected, token, entry };
  });
  const unknown = new Set(entries.map(({ serverId }) => serverId).filter((id) => !byId.has(id)));
  const findings = [...unknown].map((id) => ({
    kind: 'server_unknown',
    message: `the registry has agents on the server ${shownKey(id)}, and neither config.yml nor the settings say where that is; these agents cannot be asked: list the server`,
  }));
  return { claims, findings };
}
