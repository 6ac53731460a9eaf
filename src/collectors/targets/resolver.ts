import type { Finding } from '../collector.ts';
import { type Claim, claimOfHost, claimsOfRegistry } from './claim.ts';
import type { HostTargets } from './host-sources.ts';
import type { Kept, KeptSource } from './kept-source.ts';
import { mergeClaims } from './merge.ts';
import type { Registry } from './registry-document.ts';
import type { ServerEntry } from './server-entry.ts';
import { listServers, type Server, type Servers } from './servers.ts';
import type { ServerList } from './servers-file.ts';
import type { KeyReading } from './token-key.ts';
import { sealedToken, type TokenCheck } from './token-source.ts';
import { described, identityOf } from './wording.ts';

/** How each source fared for one snapshot. */
export interface KeptSources {
  readonly registry: Kept<Registry>;
  readonly servers: Kept<ServerList>;
  /** Undefined when the host hands in no function for targets. */
  readonly host: Kept<HostTargets> | undefined;
}

export interface Target {
  readonly claim: Claim;
  readonly token: TokenCheck;
}

/** All agents to watch, as the sources say together. */
export interface Resolution {
  readonly targets: readonly Target[];
  readonly servers: readonly Server[];
  readonly findings: readonly Finding[];
  readonly problems: readonly string[];
}

export interface ResolverDeps {
  /** What the settings say of agents. */
  readonly settings: readonly Claim[];
  readonly servers: readonly ServerEntry[];
  readonly key: () => Promise<KeyReading>;
  /** For tokens that an agent has refused. */
  readonly registry: Pick<KeptSource<Registry>, 'read'>;
}

/** Settings come before the host's function, and that before the registry, when they speak of one agent. */
export async function resolveTargets(
  kept: KeptSources,
  deps: ResolverDeps,
  signal: AbortSignal,
): Promise<Resolution> {
  const { registry, host } = kept;
  const servers = serversOf(kept.servers, deps.servers);
  const registered = claimsOfRegistry(registry.content ?? nothingRegistered, servers.servers, (entry) =>
    sealedToken({
      sealed: entry.sealedToken,
      key: deps.key,
      readAgain: async (signal) => {
        const { content } = await deps.registry.read(signal);
        return content?.entries.find((other) => identityOf(other) === identityOf(entry))?.sealedToken;
      },
    }),
  );
  const merged = mergeClaims([
    ...deps.settings,
    ...(host?.content?.targets ?? []).map(claimOfHost),
    ...registered.claims,
  ]);
  const targets = await Promise.all(
    merged.claims.map(async (claim) => ({ claim, token: await claim.token.check(signal) })),
  );
  const sources = [registry, kept.servers, ...(host === undefined ? [] : [host])];
  return {
    targets,
    servers: servers.servers,
    findings: [
      ...sources.flatMap(({ finding }) => finding ?? []),
      ...(registry.content?.findings ?? []),
      ...servers.findings,
      ...(servers.complete ? registered.findings : []),
      ...merged.findings,
      ...(await tokenFindings(targets, deps.key)),
      ...emptinessFindings(kept, targets.length),
    ],
    problems: sources.flatMap(({ content }) => content?.problems ?? []),
  };
}

const nothingRegistered = { entries: [] };

/** The servers of the settings and of config.yml together. */
export function serversOf({ exists, content }: Kept<ServerList>, own: readonly ServerEntry[]): Servers {
  return listServers(own, exists && content === undefined ? 'unreadable' : content?.servers);
}

/** Without a key no sealed token can be used: that is said once, not of each agent. */
async function tokenFindings(
  targets: readonly Target[],
  key: () => Promise<KeyReading>,
): Promise<readonly Finding[]> {
  const broken = targets.filter(({ token }) => token.trouble !== undefined);
  const sealed = broken.filter(({ token }) => token.state === 'undecryptable');
  const reading = sealed.length === 0 ? undefined : await key();
  if (reading?.outcome !== 'none') return broken.map(tokenFinding);
  const message = `the registry has sealed tokens (${sealed.length}), and there is no key to open them: ${reading.message}; give CIRIS_ENCRYPTION_KEY, or both of the others, as the manager has them`;
  return [
    { kind: 'token_key_missing', message },
    ...broken.filter((target) => !sealed.includes(target)).map(tokenFinding),
  ];
}

function tokenFinding({ claim, token }: Target): Finding {
  return { kind: `token_${token.state}`, message: `${described(claim)}: ${token.trouble}` };
}

/** A fleet of none is never taken for good: that is how an outage of a whole registry looks. */
function emptinessFindings({ registry, host }: KeptSources, count: number): readonly Finding[] {
  if (count > 0) return [];
  const unknown = [registry, host].some((source) => source?.exists === true && source.content === undefined);
  if (unknown) return [];
  if (registry.exists || host !== undefined) {
    const message =
      'there are no agents to watch, as all sources of targets say; see that they are the right ones';
    return [{ kind: 'no_targets', message }];
  }
  const message =
    'there are no agents to watch, as nothing says which: give the registry of CIRISManager, or agents in the settings';
  // As on any host without CIRISManager: nothing is wrong there.
  return [{ kind: 'no_target_source', message, level: 'info' }];
}
