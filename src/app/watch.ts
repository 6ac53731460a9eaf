import type { z } from 'zod';
import { createAgentsCollector } from '../collectors/agents/index.ts';
import type { agentsOptions } from '../collectors/agents/options.ts';
import type { Collector, Derivation } from '../collectors/collector.ts';
import type { ReadDeployments } from '../collectors/deployments/host-source.ts';
import { createDeploymentsCollector, type UsualPlaces } from '../collectors/deployments/index.ts';
import type { deploymentsOptions } from '../collectors/deployments/options.ts';
import type { dockerOptions } from '../collectors/docker/options.ts';
import { createEndpointsCollector } from '../collectors/endpoints/index.ts';
import type { endpointsOptions } from '../collectors/endpoints/options.ts';
import type { HostSources as TargetFunctions } from '../collectors/targets/host-sources.ts';
import type { TargetsSource } from '../collectors/targets/index.ts';
import { versionsDerivation } from '../collectors/versions/derivation.ts';
import { createVersionsCollector } from '../collectors/versions/index.ts';
import type { ReadVersions } from '../collectors/versions/options.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { presenceDerivation } from '../snapshot/presence.ts';
import { dockerCollectors } from './docker-collectors.ts';

/** What a host tells of its fleet by functions of its own, in place of files. */
export interface HostSources extends TargetFunctions {
  readonly deployments?: ReadDeployments | undefined;
  readonly versions?: ReadVersions | undefined;
}

/** What is watched; a part that is not given is not watched. */
export interface WatchOptions {
  readonly docker: readonly z.input<typeof dockerOptions>[];
  readonly targets: TargetsSource | undefined;
  readonly agents?: z.input<typeof agentsOptions> | undefined;
  readonly deployments?: z.input<typeof deploymentsOptions> | undefined;
  readonly endpoints?: z.input<typeof endpointsOptions> | undefined;
  readonly sources?: HostSources | undefined;
}

export interface WatchDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where CIRISManager's files of deployments are when the options do not say. */
  readonly deploymentPlaces?: UsualPlaces;
}

export interface Watch {
  readonly collectors: readonly Collector[];
  readonly derivations: readonly Derivation[];
}

/** The collectors of everything that is watched, and what is derived from their rows. Nothing is opened before the first snapshot. */
export function createWatch(options: WatchOptions, deps: WatchDeps): Watch {
  const { docker, targets, agents = {}, deployments, endpoints, sources = {} } = options;
  const collectors: Collector[] = [...dockerCollectors(docker, deps)];
  if (targets !== undefined) {
    collectors.push(targets.collector, createAgentsCollector(agents, { ...deps, targets: targets.read }));
  }
  if (deployments !== undefined || sources.deployments !== undefined) {
    const told = { deployments: sources.deployments, usualPlaces: deps.deploymentPlaces };
    collectors.push(createDeploymentsCollector(deployments ?? {}, { ...deps, ...told }));
  }
  if (sources.versions !== undefined) {
    collectors.push(createVersionsCollector({ versions: sources.versions }, deps));
  }
  if (endpoints !== undefined) collectors.push(createEndpointsCollector(endpoints, deps));
  return { collectors, derivations: [presenceDerivation(), versionsDerivation()] };
}
