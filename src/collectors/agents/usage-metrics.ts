import { entityOf } from '../../metric/define.ts';
import { breakerStates, identity, type UsageSample } from './sample.ts';

const ofUsage = entityOf<UsageSample>();

const tokens = (type: string, read: (s: UsageSample) => number | undefined) =>
  ofUsage.counter({
    name: 'ciris.agent.llm.tokens',
    with: { 'gen_ai.token.type': type },
    unit: '{token}',
    value: 'int',
    brief: 'Tokens that went to and came from language models since the process started.',
    read,
  });

const services = (state: string, read: (s: UsageSample) => number | undefined) =>
  ofUsage.gauge({
    name: 'ciris.agent.services',
    with: { 'ciris.agent.service.state': state },
    unit: '{service}',
    value: 'int',
    brief: 'Services of the agent that answered it, and that did not.',
    read,
  });

/** What an agent counts and measures itself; the time of a row is when the agent took the figures. */
export const agentUsage = ofUsage.entity({
  name: 'agent_usage',
  brief: 'What an agent counts and measures itself; the time of a row is when the agent took the figures.',
  identity,
  start: (s) => s.start,
  metrics: {
    llmRequests: ofUsage.counter({
      name: 'ciris.agent.llm.requests',
      unit: '{request}',
      value: 'int',
      brief: 'Requests to language models since the process started.',
      read: (s) => s.counts.get('llmRequests'),
    }),
    llmTokensInput: tokens('input', (s) => s.counts.get('llmTokensInput')),
    llmTokensOutput: tokens('output', (s) => s.counts.get('llmTokensOutput')),
    llmCost: ofUsage.counter({
      name: 'ciris.agent.llm.cost',
      unit: '{USD}',
      value: 'double',
      brief: 'Cost of language models since the process started.',
      read: (s) => s.counts.get('llmCost'),
    }),
    llmErrors: ofUsage.counter({
      name: 'ciris.agent.llm.errors',
      unit: '{error}',
      value: 'int',
      brief: 'Requests that a language model failed, since the process started.',
      read: (s) => s.counts.get('llmErrors'),
    }),
    llmFailedRequests: ofUsage.counter({
      name: 'ciris.agent.llm.failed_requests',
      unit: '{request}',
      value: 'int',
      brief:
        'Requests for a language model that failed, those that an open circuit breaker refused among them.',
      read: (s) => s.counts.get('llmFailedRequests'),
    }),
    messages: ofUsage.counter({
      name: 'ciris.agent.messages',
      unit: '{message}',
      value: 'int',
      brief: 'Messages that came in since the process started.',
      read: (s) => s.counts.get('messages'),
    }),
    thoughts: ofUsage.counter({
      name: 'ciris.agent.thoughts',
      unit: '{thought}',
      value: 'int',
      brief: 'Thoughts processed since the process started.',
      read: (s) => s.counts.get('thoughts'),
    }),
    stateTransitions: ofUsage.counter({
      name: 'ciris.agent.cognitive_state.transitions',
      unit: '{transition}',
      value: 'int',
      brief: 'Changes of cognitive state since the process started.',
      read: (s) => s.counts.get('stateTransitions'),
    }),
    breakersOpen: ofUsage.gauge({
      name: 'ciris.agent.circuit_breakers.open',
      unit: '{breaker}',
      value: 'int',
      brief: 'Circuit breakers of language models that are open.',
      read: (s) => s.breakersOpen,
    }),
    llmBreaker: ofUsage.stateset({
      name: 'ciris.agent.llm.circuit_breaker',
      brief: 'Circuit breaker of the language model service; absent where it has none.',
      states: breakerStates,
      read: (s) => s.llmBreaker,
    }),
    queueSize: ofUsage.gauge({
      name: 'ciris.agent.queue.size',
      unit: '{item}',
      value: 'int',
      brief: 'Items that wait for the processor of the agent.',
      read: (s) => s.queueSize,
    }),
    servicesOnline: services('online', (s) => s.servicesOnline),
    servicesOffline: services('offline', (s) => s.servicesOffline),
    memory: ofUsage.gauge({
      name: 'ciris.agent.process.memory',
      unit: 'By',
      value: 'int',
      brief: 'Resident memory of the process, as the agent measures it, in whole MiB.',
      read: (s) => s.memoryBytes,
    }),
    cpu: ofUsage.gauge({
      name: 'ciris.agent.process.cpu',
      unit: '{cpu}',
      value: 'double',
      brief: 'Cores in use by the process during the last second, as the agent measures it.',
      read: (s) => s.cpuCores,
    }),
  },
});
