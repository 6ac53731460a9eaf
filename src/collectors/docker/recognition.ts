import type { Finding } from '../collector.ts';
import type { AgentEnvironment } from './agent-environment.ts';
import type { ContainerSample, RecognizedBy } from './sample.ts';

/** CIRISManager puts the agent's id into it. */
export const agentLabel = 'ai.ciris.agents.id';

/** What a container shows of the agent in it. */
export interface Signs {
  /** Undefined where it could not be read. */
  readonly environment: AgentEnvironment | undefined;
  readonly label: string | undefined;
  readonly name: string | undefined;
  readonly imageName: string | undefined;
}

export interface Recognition {
  readonly agentId: string;
  readonly by: RecognizedBy;
}

/**
 * The agent that a container runs: by its environment, which the agent itself obeys, else by its label, else by its
 * name. A name alone makes an agent only of what runs an agent's image.
 */
export function recognize({ environment, label, name, imageName }: Signs): Recognition | undefined {
  if (environment?.agentId !== undefined) return { agentId: environment.agentId, by: 'environment' };
  if (label !== undefined) return { agentId: label, by: 'label' };
  const named = agentIn(name);
  return named === undefined || !isAgentImage(imageName) ? undefined : { agentId: named, by: 'name' };
}

/** Tells of a container that was recognized, but shows another agent's id as well. */
export function findConflict(sample: ContainerSample, label: string | undefined): Finding | undefined {
  const { serverId, id, name, agentId, recognizedBy, occurrenceId } = sample;
  if (agentId === undefined) return undefined;
  const named = isNameOf(name, agentId, occurrenceId) ? undefined : agentIn(name);
  const others = [
    ...(label === undefined || label === agentId ? [] : [`its label says ${label}`]),
    ...(named === undefined ? [] : [`its name says ${named}`]),
  ];
  if (others.length === 0) return undefined;
  const taken = `container ${name ?? id.slice(0, 12)} on ${serverId} is taken for agent ${agentId} by its ${recognizedBy}`;
  return {
    kind: 'container_identity_conflict',
    message: `${taken}, but ${others.join(' and ')}: see which agent it is for, and have it made anew`,
  };
}

/** Containers of CIRISManager that are named like agents and are none. */
const namedLikeAgents: readonly string[] = ['ciris-gui', 'ciris-nginx'];

/** Older versions of CIRISManager put `agent` between. */
const agentName = /^ciris-(?:agent-)?(.+)$/;

function agentIn(name: string | undefined): string | undefined {
  return name === undefined || namedLikeAgents.includes(name) ? undefined : agentName.exec(name)?.[1];
}

/** An id may itself begin with `agent-`, and a name may end with the occurrence. */
function isNameOf(name: string | undefined, agentId: string, occurrenceId: string | undefined): boolean {
  const endings = occurrenceId === undefined ? [agentId] : [agentId, `${agentId}-${occurrenceId}`];
  return endings.some((ending) => name === `ciris-${ending}` || name === `ciris-agent-${ending}`);
}

/** By its repository, whatever its registry, tag and digest. */
function isAgentImage(imageName: string | undefined): boolean {
  return /(?:^|\/)ciris-agent(?:[:@][^/]*)?$/.test(imageName ?? '');
}
