import { entityOf } from '../../metric/define.ts';
import { identity, type ServiceSample } from './sample.ts';

const { entity, counter, gauge } = entityOf<ServiceSample>();

/** A service inside an agent; the time of a row is when the agent took the figures. */
export const agentService = entity({
  name: 'agent_service',
  brief: 'A service inside an agent; the time of a row is when the agent took the figures.',
  identity: {
    ...identity,
    'ciris.agent.service.name': {
      brief: 'Name of the service, without the ids of the objects that provide it.',
      read: (s) => s.name,
    },
  },
  start: (s) => s.start,
  metrics: {
    healthy: gauge({
      name: 'ciris.agent.service.healthy',
      unit: '',
      value: 'int',
      brief: 'Whether the agent says that everything of this name is healthy (1) or not (0).',
      read: (s) => (s.healthy === undefined ? undefined : Number(s.healthy)),
    }),
    errors: counter({
      name: 'ciris.agent.service.errors',
      unit: '{error}',
      value: 'int',
      brief: 'Errors of the service since the process started.',
      read: (s) => s.errors,
    }),
    requests: counter({
      name: 'ciris.agent.service.requests',
      unit: '{request}',
      value: 'int',
      brief: 'Requests that the service handled since the process started.',
      read: (s) => s.requests,
    }),
  },
});
