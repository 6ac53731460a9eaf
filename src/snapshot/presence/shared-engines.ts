import type { Finding } from '../../collectors/collector.ts';
import type { Row } from '../../metric/row.ts';

/** Servers with containers of the same ids, which no two engines give: it is one engine that is watched as several. */
export function sharedEngines(containers: readonly Row[]): readonly Finding[] {
  const serversOf = new Map<string, Set<string>>();
  for (const { identity } of containers) {
    const { 'container.id': id, 'ciris.server.id': server } = identity;
    if (id === undefined || server === undefined) continue;
    serversOf.set(id, (serversOf.get(id) ?? new Set()).add(server));
  }
  const shared = [...serversOf.values()].filter(({ size }) => size > 1).map((each) => [...each].sort());
  return [...new Set(shared.map((servers) => servers.join(', ')))].map((servers) => ({
    kind: 'engine_watched_twice',
    message: `servers ${servers} have the same containers, as one engine is watched under several names; give each its own docker_host, or list it once`,
  }));
}
