import type { Finding } from '../collector.ts';
import { hasEnded } from './lifetime.ts';
import type { Deployment } from './record.ts';

/** Groups of deployments with one notification, the oldest first: a retry stages a copy, and so does a cancellation. */
function copies(deployments: readonly Deployment[]): readonly (readonly Deployment[])[] {
  const groups = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    if (typeof deployment.notification !== 'string') continue;
    const group = groups.get(deployment.notification) ?? [];
    group.push(deployment);
    groups.set(deployment.notification, group);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.sort((a, b) => begunAt(a) - begunAt(b)));
}

const begunAt = ({ stagedAt, startedAt }: Deployment): number => stagedAt ?? startedAt ?? Infinity;

/** By the id of a copy, the id of the oldest deployment of the same notification. */
export function originsOf(deployments: readonly Deployment[]): ReadonlyMap<string, string> {
  return new Map(
    copies(deployments).flatMap(([origin, ...later]) =>
      origin === undefined ? [] : later.map(({ id }) => [id, origin.id] as const),
    ),
  );
}

/** Where more than one of a notification has not ended, so that counting deployments counts it twice. */
export function findRepeats(deployments: readonly Deployment[]): readonly Finding[] {
  return copies(deployments.filter((deployment) => !hasEnded(deployment))).map((group) => ({
    kind: 'deployment_repeated',
    message: `deployments ${group.map(({ id }) => id).join(', ')} are of one notification and none of them has ended: reject those that are not wanted`,
  }));
}
