import { entityOf } from '../../metric/define.ts';
import {
  type AgentSample,
  accessStates,
  agentHealths,
  cognitiveStates,
  type EndpointName,
  type FailureType,
  failureTypes,
  identity,
  type Severity,
} from './sample.ts';

const yesOrNo = (fact: boolean | undefined): number | undefined =>
  fact === undefined ? undefined : Number(fact);

const ofAgent = entityOf<AgentSample>();

const requestsTo = (endpoint: EndpointName) =>
  ofAgent.counter({
    name: 'ciris.agent.requests',
    with: { 'ciris.agent.endpoint': endpoint },
    unit: '{request}',
    value: 'int',
    brief:
      'Requests that this collector sent to the agent; all but those for its health spend its rate limit.',
    read: (s) => s.requests[endpoint],
  });

const failuresOf = (type: FailureType) =>
  ofAgent.counter({
    name: 'ciris.agent.request.failures',
    with: { 'error.type': type },
    unit: '{request}',
    value: 'int',
    brief: 'Requests of this collector that failed, by how.',
    read: (s) => s.failures[type],
  });

const warningsOf = (severity: Severity) =>
  ofAgent.gauge({
    name: 'ciris.agent.warnings',
    with: { 'ciris.warning.severity': severity },
    unit: '{warning}',
    value: 'int',
    brief: 'Warnings that the agent gives with its health; absent in versions that give none.',
    read: (s) => s.warnings?.[severity],
  });

const camel = (type: string): string => type.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** An agent that should be watched, and how it answers. */
export const agent = ofAgent.entity({
  name: 'agent',
  brief: 'An agent that should be watched, and how it answers.',
  identity,
  info: {
    'ciris.agent.version': { brief: 'Version that the agent gives.', read: (s) => s.version },
    'ciris.agent.code_name': { brief: 'Code name of that version.', read: (s) => s.codeName },
    'ciris.agent.code_hash': { brief: 'Hash of its code, as the agent gives it.', read: (s) => s.codeHash },
    'error.type': {
      brief: 'How the newest request for its health, or else for its figures, failed.',
      read: (s) => s.errorType,
    },
  },
  start: (s) => s.watchedSince,
  metrics: {
    reachable: ofAgent.gauge({
      name: 'ciris.agent.reachable',
      unit: '',
      value: 'int',
      brief: 'Whether anything answered in full where the agent should be (1) or not (0), just now.',
      read: (s) => yesOrNo(s.reachable),
    }),
    up: ofAgent.gauge({
      name: 'ciris.agent.up',
      unit: '',
      value: 'int',
      brief:
        'Whether the agent answers as one (1) or not (0); it takes several answers in a row to change this.',
      read: (s) => yesOrNo(s.up),
    }),
    authorized: ofAgent.gauge({
      name: 'ciris.agent.authorized',
      unit: '',
      value: 'int',
      brief: 'Whether the agent accepted our token (1) or refused it (0); absent while it was sent none.',
      read: ({ access }) =>
        access === undefined || access.startsWith('token_') ? undefined : Number(access === 'authorized'),
    }),
    access: ofAgent.stateset({
      name: 'ciris.agent.access',
      brief:
        'What became of our token: accepted, refused as a token or for its role, or not there to be sent.',
      states: accessStates,
      read: (s) => s.access,
    }),
    health: ofAgent.stateset({
      name: 'ciris.agent.health',
      brief:
        'Health in the word of the agent; critical also where it answers with a server error, unknown where it says none.',
      states: agentHealths,
      read: (s) => s.health,
    }),
    degraded: ofAgent.gauge({
      name: 'ciris.agent.degraded_mode',
      unit: '',
      value: 'int',
      brief: 'Whether the agent says that it runs in degraded mode (1) or not (0).',
      read: (s) => yesOrNo(s.degraded),
    }),
    cognitiveState: ofAgent.stateset({
      name: 'ciris.agent.cognitive_state',
      brief:
        'Cognitive state; an agent that just started says shutdown before it has one, which is unknown here.',
      states: cognitiveStates,
      read: (s) => s.state,
    }),
    cognitiveStateDuration: ofAgent.gauge({
      name: 'ciris.agent.cognitive_state.duration',
      unit: 's',
      value: 'double',
      brief: 'Time since the cognitive state was seen to change; absent until a change was seen.',
      read: (s) => s.stateSeconds,
    }),
    responseDuration: ofAgent.gauge({
      name: 'ciris.agent.response.duration',
      unit: 's',
      value: 'double',
      brief: 'Time that the agent took to answer for its health.',
      read: (s) => s.responseSeconds,
    }),
    uptime: ofAgent.gauge({
      name: 'ciris.agent.uptime',
      unit: 's',
      value: 'double',
      brief: 'Time since the process of the agent started, by its own word.',
      read: (s) => s.uptimeSeconds,
    }),
    warningsInfo: warningsOf('info'),
    warningsWarning: warningsOf('warning'),
    warningsError: warningsOf('error'),
    warningsUnknown: warningsOf('unknown'),
    providersHealthy: ofAgent.gauge({
      name: 'ciris.agent.providers',
      with: { 'ciris.agent.provider.health': 'healthy' },
      unit: '{provider}',
      value: 'int',
      brief: 'Providers of services that the agent has registered, as it sees them with its health.',
      read: (s) => s.providersHealthy,
    }),
    providersUnhealthy: ofAgent.gauge({
      name: 'ciris.agent.providers',
      with: { 'ciris.agent.provider.health': 'unhealthy' },
      unit: '{provider}',
      value: 'int',
      brief: 'Providers of services that the agent has registered, as it sees them with its health.',
      read: (s) => s.providersUnhealthy,
    }),
    requestsHealth: requestsTo('health'),
    requestsUnified: requestsTo('unified'),
    requestsOverview: requestsTo('overview'),
    requestsStatus: requestsTo('status'),
    ...Object.fromEntries(failureTypes.map((type) => [camel(`failures_${type}`), failuresOf(type)])),
    allowance: ofAgent.gauge({
      name: 'ciris.agent.request.allowance',
      unit: '{request}',
      value: 'int',
      brief: 'Requests with a token that this collector may still send to the agent within a minute.',
      read: (s) => s.allowance,
    }),
    rateLimitRemaining: ofAgent.gauge({
      name: 'ciris.agent.rate_limit.remaining',
      unit: '{request}',
      value: 'int',
      brief:
        'What the agent says is left of its rate limit for token holders at this address, its manager among them.',
      read: (s) => s.rateLimitRemaining,
    }),
  },
});
