import type { TelemetryError } from '../../runtime/errors.ts';
import type { Engine } from './engine.ts';
import type { ListedContainer } from './list-answer.ts';
import type { ContainerState, ServerSample } from './sample.ts';

export function upSample(
  serverId: string,
  engine: Engine,
  containers: readonly ListedContainer[],
  responseSeconds: number,
): ServerSample {
  return {
    serverId,
    up: true,
    errorType: undefined,
    engineName: engine.name,
    engineVersion: engine.version,
    apiVersion: engine.apiVersion,
    hostName: engine.hostName,
    responseSeconds,
    containers: countByState(containers),
  };
}

/** Nothing is said of an engine that does not answer but why. */
export function downSample(serverId: string, error: TelemetryError): ServerSample {
  return {
    serverId,
    up: false,
    errorType: error.code,
    engineName: undefined,
    engineVersion: undefined,
    apiVersion: undefined,
    hostName: undefined,
    responseSeconds: undefined,
    containers: undefined,
  };
}

function countByState(containers: readonly ListedContainer[]): Readonly<Record<ContainerState, number>> {
  const counts: Record<ContainerState, number> = {
    created: 0,
    running: 0,
    paused: 0,
    restarting: 0,
    removing: 0,
    exited: 0,
    dead: 0,
    unknown: 0,
  };
  for (const { state } of containers) counts[state] += 1;
  return counts;
}
