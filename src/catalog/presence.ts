import { entityOf } from '../metric/define.ts';

/** Whether an agent runs where it should, as the engine of that server says. */
export interface PresenceSample {
  readonly agentId: string;
  readonly occurrenceId: string;
  readonly serverId: string;
  readonly observed: boolean;
}

const { entity, gauge } = entityOf<PresenceSample>();

/** What the engine of a server says of an agent there; an agent has no row while that engine cannot be read. */
export const presence = entity({
  name: 'agent_presence',
  brief: 'What the engine of a server says of an agent there; absent while the engine cannot be read.',
  identity: {
    'ciris.agent.id': { brief: 'The agent.', read: (p: PresenceSample) => p.agentId },
    'ciris.agent.occurrence.id': {
      brief: 'Which occurrence of it; default where there is but one.',
      read: (p: PresenceSample) => p.occurrenceId,
    },
    'ciris.server.id': {
      brief: 'The host that it runs on, or should.',
      read: (p: PresenceSample) => p.serverId,
    },
  },
  metrics: {
    observed: gauge({
      name: 'ciris.agent.observed',
      unit: '',
      value: 'int',
      brief: 'Whether a running container of the agent was seen on the host (1) or not (0).',
      read: (p) => Number(p.observed),
    }),
  },
});
