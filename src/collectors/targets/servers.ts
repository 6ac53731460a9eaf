import type { Finding } from '../collector.ts';
import { originOf } from './origin.ts';
import type { ServerEntry } from './server-entry.ts';
import { shownKey } from './wording.ts';

/** A host that runs agents. */
export interface Server {
  readonly id: string;
  readonly isLocal: boolean;
  /** Address of its engine; undefined for the usual one of this host, and for a remote one that nobody names. */
  readonly dockerHost: string | undefined;
  /** Host name or address at which its agents listen; undefined where nobody says. */
  readonly agentHost: string | undefined;
  readonly tls: ServerTls | undefined;
}

/** Files, by their paths. */
export interface ServerTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Name to verify in the engine's certificate instead of its address. */
  readonly serverName: string | undefined;
}

/** How the Docker collector reaches the engine of a server; without `dockerHost`, as its own settings say. */
export interface EngineOptions {
  readonly serverId: string;
  readonly dockerHost?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
}

/** Where the manager runs agents when its configuration names no servers. */
const managersDefault: ServerEntry = { server_id: 'main', is_local: true };

export interface Servers {
  readonly servers: readonly Server[];
  /** False when there may be others that cannot be known now. */
  readonly complete: boolean;
  readonly findings: readonly Finding[];
}

/**
 * The servers of both lists; the first that names an id is believed.
 * @param known - what config.yml lists; undefined when it names none, `unreadable` when that cannot be known.
 */
export function listServers(
  own: readonly ServerEntry[],
  known: readonly ServerEntry[] | undefined | 'unreadable',
): Servers {
  const listed = known === 'unreadable' ? [] : known === undefined ? [managersDefault] : known;
  const ownIds = new Set(own.map(({ server_id }) => server_id));
  const byId = new Map<string, Server>();
  const findings: Finding[] = [];
  for (const entry of [...own, ...listed.filter(({ server_id }) => !ownIds.has(server_id))]) {
    const id = entry.server_id;
    if (byId.has(id)) {
      const message = `the server ${shownKey(id)} is listed twice; the first counts: remove the one that is not true`;
      findings.push({ kind: 'server_listed_twice', message });
      continue;
    }
    const server = serverOf(entry);
    byId.set(id, server);
    findings.push(...gapsOf(server));
  }
  return { servers: [...byId.values()], complete: known !== 'unreadable', findings };
}

function gapsOf(server: Server): readonly Finding[] {
  const id = shownKey(server.id);
  const findings: Finding[] = [];
  if (engineOptions(server) === undefined) {
    const message = `the server ${id} is remote and has no docker_host, so its containers are not watched: give it one such as tcp://10.0.0.4:2376`;
    findings.push({ kind: 'server_without_engine', message });
  }
  if (server.agentHost === undefined) {
    const message = `the server ${id} has neither vpc_ip nor hostname, so its agents cannot be asked: give it one of them`;
    findings.push({ kind: 'server_without_address', message });
  }
  return findings;
}

function serverOf(entry: ServerEntry): Server {
  const { tls_ca: ca, tls_cert: cert, tls_key: key, tls_server_name: serverName } = entry;
  const usesTls = [ca, cert, key, serverName].some((file) => file !== undefined);
  return {
    id: entry.server_id,
    isLocal: entry.is_local,
    dockerHost: entry.docker_host,
    agentHost: entry.is_local ? '127.0.0.1' : (entry.vpc_ip ?? entry.hostname),
    tls: usesTls ? { ca, cert, key, serverName } : undefined,
  };
}

/** Undefined for a remote server whose engine nobody names. */
export function engineOptions({ id, isLocal, dockerHost, tls }: Server): EngineOptions | undefined {
  if (dockerHost === undefined) return isLocal ? { serverId: id } : undefined;
  return {
    serverId: id,
    dockerHost,
    ...(tls?.ca === undefined ? {} : { tlsCa: tls.ca }),
    ...(tls?.cert === undefined ? {} : { tlsCert: tls.cert }),
    ...(tls?.key === undefined ? {} : { tlsKey: tls.key }),
    ...(tls?.serverName === undefined ? {} : { tlsServerName: tls.serverName }),
  };
}

/** `http://host:port`, in clear as the manager asks too; undefined where no such address can be made. */
export function agentUrl({ agentHost }: Server, port: number): string | undefined {
  if (agentHost === undefined) return undefined;
  const host = agentHost.includes(':') && !agentHost.startsWith('[') ? `[${agentHost}]` : agentHost;
  return originOf(`http://${host}:${port}`);
}
