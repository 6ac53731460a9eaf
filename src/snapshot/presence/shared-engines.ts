import type { Finding } from '../../collectors/collector.ts';
import type { Row } from '../../metric/row.ts';
import { figureOf, inputs, stateOf } from '../inputs.ts';

/**
 * Servers on which the same containers run since the same moment: it is one engine that is watched as several. Machines that were
 * copied have containers of the same ids as well, and start them at times of their own; those that had ended before the copy was
 * made ended on each.
 */
export function sharedEngines(containers: readonly Row[]): readonly Finding[] {
  const serversOf = new Map<string, Set<string>>();
  for (const row of containers) {
    const { 'container.id': id, 'ciris.server.id': server } = row.identity;
    const startedAt = figureOf(row, inputs.containerStartedAt);
    if (stateOf(row, inputs.containerState) !== 'running') continue;
    if (id === undefined || server === undefined || startedAt === undefined) continue;
    const run = `${id} ${startedAt}`;
    serversOf.set(run, (serversOf.get(run) ?? new Set()).add(server));
  }
  const shared = [...serversOf.values()].filter(({ size }) => size > 1).map((each) => [...each].sort());
  return [...new Set(shared.map((servers) => servers.join(', ')))].map((servers) => ({
    kind: 'engine_watched_twice',
    message: `servers ${servers} have the same containers, as one engine is watched under several names, and sums of the fleet count them several times; give each its own docker_host, or list it once`,
  }));
}
